//! Whose the other end of a connection is: the system's tables of sockets to a [`Peer`].
//!
//! `Host`, `Origin` and token stop pages of other sites. Another user of this machine may send what
//! they like, and can read the token from a page; but not pretend to be us to the system. Where the
//! system tells nothing of sockets (only Linux does) the check is left out.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use crate::disk;

/// How often the tables are read: they change while they are, so one entry may be missed.
const LOOKS: usize = 3;
const TABLES: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];
const OWN_STATUS: &str = "/proc/self/status";
const TABLE_BYTES_MAX: u64 = 64 << 20;
const ADMINISTRATOR: u32 = 0;

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The user that we run as, or the administrator.
    Own,
    /// Another user of this machine, or one who has left already.
    Foreign,
    /// This system does not say.
    Untold,
}

/// Tells peers apart, on a system that tells us of sockets.
pub struct Peers {
    server: SocketAddr,
    /// Whose this process is; `None` where the system tells nothing of use.
    uid: Option<u32>,
}

impl Peers {
    /// Of the server that listens there. Decided once: what a client does later to hide its socket
    /// must not look like a system that does not tell.
    pub fn of_listener(server: SocketAddr) -> Self {
        let nobody = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0);
        let listens = tables().any(|table| find(&table, server, nobody).is_some());
        let status = disk::read_up_to(Path::new(OWN_STATUS), TABLE_BYTES_MAX).ok();
        let uid = status.and_then(|text| own_uid(&String::from_utf8_lossy(&text)));
        Self { server, uid: uid.filter(|_| listens) }
    }

    /// Who is at the other end of a connection from there.
    pub fn who(&self, client: Option<SocketAddr>) -> Peer {
        let Some(uid) = self.uid else { return Peer::Untold };
        let look = |client| tables().find_map(|table| find(&table, client, self.server));
        let found = client.and_then(|client| (0..LOOKS).find_map(|_| look(client)));
        if found.is_some_and(|socket| socket.is_of(uid)) { Peer::Own } else { Peer::Foreign }
    }
}

/// One socket of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Socket {
    uid: u32,
    /// 0 once nobody has it open any more; the user is given as the administrator then.
    inode: u64,
}

impl Socket {
    fn is_of(self, uid: u32) -> bool {
        self.inode != 0 && (self.uid == uid || self.uid == ADMINISTRATOR)
    }
}

fn tables() -> impl Iterator<Item = String> {
    let read = |table| disk::read_up_to(Path::new(table), TABLE_BYTES_MAX).ok();
    TABLES.into_iter().filter_map(read).map(|table| String::from_utf8_lossy(&table).into_owned())
}

/// The socket at `local` that is connected to `remote`. Tables are long where many have been
/// connected: lines are not taken apart to be compared.
fn find(table: &str, local: SocketAddr, remote: SocketAddr) -> Option<Socket> {
    [written, written_as_ipv6].into_iter().find_map(|written| {
        let line = format!(": {} {} ", written(local)?, written(remote)?);
        let (_, rest) = table.split_once(&line)?;
        // After the addresses: state, queues, timer, retransmits, user, timeouts, inode.
        let fields: Vec<&str> = rest.lines().next()?.split_ascii_whitespace().collect();
        Some(Socket { uid: fields.get(4)?.parse().ok()?, inode: fields.get(6)?.parse().ok()? })
    })
}

/// `0100007F:18B8`: words of four bytes in the order of this machine, then the port.
fn written(address: SocketAddr) -> Option<String> {
    Some(match address.ip() {
        IpAddr::V4(ip) => format!("{}:{:04X}", words(&ip.octets()), address.port()),
        IpAddr::V6(ip) => format!("{}:{:04X}", words(&ip.octets()), address.port()),
    })
}

/// As [`written`], of an IPv4 address that was reached through IPv6.
fn written_as_ipv6(address: SocketAddr) -> Option<String> {
    match address.ip() {
        IpAddr::V4(ip) => {
            let ip = ip.to_ipv6_mapped().octets();
            Some(format!("{}:{:04X}", words(&ip), address.port()))
        }
        IpAddr::V6(_) => None,
    }
}

fn words(bytes: &[u8]) -> String {
    let (words, _) = bytes.as_chunks::<4>();
    words.iter().map(|word| format!("{:08X}", u32::from_ne_bytes(*word))).collect()
}

/// The effective one.
fn own_uid(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    const TABLE: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:18B8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 501 1 0
   1: 0100007F:C001 0100007F:18B8 01 00000000:00000000 00:00000000 00000000  1000        0 502 1 0
   2: 0100007F:C002 0100007F:18B8 01 00000000:00000000 00:00000000 00000000 65534        0 503 1 0
   3: 0100007F:C003 0100007F:18B8 06 00000000:00000000 03:00000A2B 00000000     0        0 0 3 0
   4: 0000000000000000FFFF00000100007F:C004 0000000000000000FFFF00000100007F:18B8 01 \
00000000:00000000 00:00000000 00000000     0        0 504 1 0
";

    #[test]
    #[cfg(target_endian = "little")]
    fn a_socket_is_found_with_its_user_and_one_nobody_has_open_is_nobodys() {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let is_of = |port, uid| find(TABLE, at(port), at(0x18B8)).is_some_and(|one| one.is_of(uid));
        assert!(is_of(0xC001, 1000) && !is_of(0xC001, 1001));
        assert!(!is_of(0xC002, 1000) && is_of(0xC002, 65534));
        assert!(!is_of(0xC003, 1000) && !is_of(0xC003, 0));
        assert!(is_of(0xC004, 1000), "the administrator, by way of IPv6");
        assert!(!is_of(0xC005, 1000) && find("", at(1), at(2)).is_none());
        assert_eq!(own_uid("Name:\tx\nUid:\t1000\t1001\t1002\t1003\n"), Some(1001));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_client_of_ours_is_known_until_it_has_left() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let peers = Peers::of_listener(listener.local_addr().unwrap());
        let client = TcpStream::connect(peers.server).unwrap();
        let (accepted, address) = listener.accept().unwrap();
        assert_eq!(peers.who(Some(address)), Peer::Own);
        drop(client);
        assert_eq!(peers.who(Some(address)), Peer::Foreign);
        assert_eq!(peers.who(None), Peer::Foreign);
        drop(accepted);
    }
}
