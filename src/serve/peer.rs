//! Whose the other end of a connection is: the system's tables of sockets to a [`Peer`].
//!
//! `Host`, `Origin` and token stop pages of other sites. Another user of this machine may send what
//! they like, and can read the token from a page; but not pretend to be us to the system. Where the
//! system tells nothing of sockets (only Linux does) the check is left out.

use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::Path;

use crate::disk;

/// How often the tables are read: they change while they are, so one entry may be missed.
const LOOKS: usize = 3;
const TABLES: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];
const OWN_STATUS: &str = "/proc/self/status";
const TABLE_BYTES_MAX: u64 = 64 << 20;
/// A socket's state as the tables have it.
const LISTENS: &str = "0A";
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

impl Peer {
    const ALL: [Peer; 3] = [Peer::Own, Peer::Foreign, Peer::Untold];

    pub fn word(self) -> &'static str {
        match self {
            Peer::Own => "own",
            Peer::Foreign => "foreign",
            Peer::Untold => "untold",
        }
    }

    /// What cannot be understood is nobody we know.
    pub fn named(word: &str) -> Peer {
        Peer::ALL.into_iter().find(|peer| peer.word() == word).unwrap_or(Peer::Foreign)
    }
}

/// Tells peers apart, on a system that tells us of sockets.
pub struct Peers {
    /// Whose this process is; `None` where the system tells nothing of use.
    uid: Option<u32>,
}

impl Peers {
    /// Of the server that listens there. Decided once: what a client does later to hide its socket
    /// must not look like a system that does not tell.
    pub fn of_listener(address: SocketAddr) -> Self {
        let listens =
            sockets().iter().any(|socket| socket.local == address && socket.state == LISTENS);
        let status = disk::read_up_to(Path::new(OWN_STATUS), TABLE_BYTES_MAX).ok();
        let uid = status.and_then(|text| own_uid(&String::from_utf8_lossy(&text)));
        Self { uid: uid.filter(|_| listens) }
    }

    /// Who is at the other end of this connection.
    pub fn who(&self, stream: &TcpStream) -> Peer {
        let Some(uid) = self.uid else { return Peer::Untold };
        let (Ok(ours), Ok(theirs)) = (stream.local_addr(), stream.peer_addr()) else {
            return Peer::Foreign;
        };
        let found = (0..LOOKS).find_map(|_| {
            sockets().into_iter().find(|socket| socket.local == theirs && socket.remote == ours)
        });
        if found.is_some_and(|socket| socket.is_of(uid)) { Peer::Own } else { Peer::Foreign }
    }
}

/// One line of a table.
#[derive(Debug, PartialEq, Eq)]
struct Socket {
    local: SocketAddr,
    remote: SocketAddr,
    state: String,
    uid: u32,
    /// 0 once nobody has it open any more; the user is given as the administrator then.
    inode: u64,
}

impl Socket {
    fn is_of(&self, uid: u32) -> bool {
        self.inode != 0 && (self.uid == uid || self.uid == ADMINISTRATOR)
    }
}

fn sockets() -> Vec<Socket> {
    let tables = TABLES.map(|table| disk::read_up_to(Path::new(table), TABLE_BYTES_MAX));
    tables
        .into_iter()
        .flatten()
        .flat_map(|table| {
            String::from_utf8_lossy(&table).lines().filter_map(socket).collect::<Vec<_>>()
        })
        .collect()
}

fn socket(line: &str) -> Option<Socket> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    Some(Socket {
        local: address(fields.get(1)?)?,
        remote: address(fields.get(2)?)?,
        state: (*fields.get(3)?).to_owned(),
        uid: fields.get(7)?.parse().ok()?,
        inode: fields.get(9)?.parse().ok()?,
    })
}

/// `0100007F:18B8`: words of four bytes in the order of this machine, then the port. An IPv4
/// address that was reached through IPv6 is the IPv4 address.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let mut bytes = Vec::new();
    for at in (0..ip.len()).step_by(8) {
        let word = u32::from_str_radix(ip.get(at..at + 8)?, 16).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    let ip = match <[u8; 4]>::try_from(&bytes[..]) {
        Ok(four) => IpAddr::from(four),
        Err(_) => IpAddr::from(<[u8; 16]>::try_from(&bytes[..]).ok()?).to_canonical(),
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

/// The effective one.
fn own_uid(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}
