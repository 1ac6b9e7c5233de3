//! Which addresses may be connected to, judged on what a name resolved to, at every connection.
//!
//! The rule:
//! - What a person wrote in `skillmeat.yaml` is theirs to choose: its host may be on this machine or
//!   in a private network. Whether it is, its first look-up of a sync decides; a name that was public
//!   then and turns private later (DNS rebinding) is refused.
//! - Any other host or port, in a redirect or in what a server lists, is the server's choice: only
//!   public addresses of it are connected to.
//!
//! The text of an address is not judged, for `2130706433`, `0x7f.1` and a name that resolves to
//! 127.0.0.1 are the same to whoever connects.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::url::Origin;

/// Looks names up and lets through what may be connected to.
pub(super) struct Reach {
    written: Origin,
    /// Whether a token goes to the written host, unprotected: then it must not be public.
    sends_plain_token: bool,
    /// The proxy that stands in the environment: its own address is its owner's choice too.
    proxy: Option<(String, u16)>,
    /// Whether the written host is public; none before its first look-up.
    is_public: Mutex<Option<bool>>,
}

/// All that a name resolved to is closed to us.
#[derive(Debug)]
pub(super) struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its host is in a private network or on this machine")
    }
}

impl std::error::Error for Closed {}

/// A token would go over the public Internet for all to read.
#[derive(Debug)]
pub(super) struct PlainToken;

impl fmt::Display for PlainToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its token would be sent unprotected")
    }
}

impl std::error::Error for PlainToken {}

impl Reach {
    pub(super) fn new(written: Origin, has_token: bool, proxy: Option<(String, u16)>) -> Self {
        let sends_plain_token = has_token && !written.is_https;
        Self { written, sends_plain_token, proxy, is_public: Mutex::default() }
    }

    fn is_proxy(&self, host: &str, port: u16) -> bool {
        self.proxy.as_ref().is_some_and(|(name, at)| name == host && *at == port)
    }

    fn is_written(&self, host: &str, port: u16) -> bool {
        (host, port) == (self.written.host.as_str(), self.written.port)
    }

    /// Whether only public addresses may be used, of these that a host resolved to.
    fn must_be_public(&self, host: &str, port: u16, found: &[IpAddr]) -> bool {
        if self.is_proxy(host, port) {
            return false;
        }
        if !self.is_written(host, port) {
            return true;
        }
        let mut known = self.is_public.lock().unwrap_or_else(PoisonError::into_inner);
        *known.get_or_insert_with(|| found.iter().any(|ip| is_public(*ip)))
    }
}

impl fmt::Debug for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reach").field("written", &self.written).finish_non_exhaustive()
    }
}

impl Resolver for Reach {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = DefaultResolver::default().resolve(uri, config, timeout)?;
        let ips: Vec<IpAddr> = found.iter().map(|at| at.ip()).collect();
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        let port = found.first().map_or(0, |at| at.port());
        let public_only = self.must_be_public(&host, port, &ips);
        if public_only && self.sends_plain_token && self.is_written(&host, port) {
            return Err(ureq::Error::Other(Box::new(PlainToken)));
        }
        let mut open = self.empty();
        for at in found.iter().filter(|at| !public_only || is_public(at.ip())) {
            open.push(*at);
        }
        if open.is_empty() { Err(ureq::Error::Other(Box::new(Closed))) } else { Ok(open) }
    }
}

/// Whether an address belongs to the public Internet, by IANA's registries of special addresses.
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127, ..)            // this network, private, this machine
            | (100, 64..=127, _)      // carriers' NAT
            | (169, 254, _)           // link-local, and where clouds keep credentials
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)         // protocols, documentation
            | (192, 88, 99)           // the relay of 6to4
            | (192, 168, _)
            | (198, 18..=19, _)       // benchmarks
            | (198, 51, 100)
            | (203, 0, 113)
            | (224..=255, ..) // multicast, reserved, broadcast
    )
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = ip.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match (a, b) {
        // Forms that hold an IPv4 address are as public as that one.
        (0, 0) if (c, d, e, f) == (0, 0, 0, 0xffff) => v4(g, h),
        (0x64, 0xff9b) if (c, d, e, f) == (0, 0, 0, 0) => v4(g, h),
        (0x2002, _) => v4(b, c),
        // Protocols (Teredo among them), documentation.
        (0x2001, 0..=0x1ff | 0xdb8) | (0x3fff, 0..=0xfff) => false,
        // Of all others only 2000::/3 is routed.
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_routed_in_public_is_public() {
        for public in [
            "1.1.1.1",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00::1",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
            "2002:101:101::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for closed in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.170",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b:1::1.1.1.1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:a00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(closed.parse().unwrap()), "{closed}");
        }
    }

    #[test]
    fn a_written_host_may_be_private_and_one_that_was_public_stays_so() {
        let written = Origin { is_https: false, host: "h.example".into(), port: 80 };
        let (private, public) = ("10.0.0.1".parse().unwrap(), "1.1.1.1".parse().unwrap());

        let reach = Reach::new(written.clone(), false, None);
        assert!(!reach.must_be_public("h.example", 80, &[private]));
        assert!(reach.must_be_public("h.example", 81, &[private]));
        assert!(reach.must_be_public("other.example", 80, &[private]));

        let reach = Reach::new(written, false, Some(("proxy.example".into(), 3128)));
        assert!(reach.must_be_public("h.example", 80, &[public, private]));
        assert!(reach.must_be_public("h.example", 80, &[private]));
        assert!(!reach.must_be_public("proxy.example", 3128, &[private]));
    }
}
