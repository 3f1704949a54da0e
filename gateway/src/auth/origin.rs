//! Which pages may connect.

use std::net::IpAddr;

use super::Peer;

/// Pages of this gateway and of listed origins may connect, and pages of the machine on which both run.
pub fn origin_allowed(origin: &str, peer: &Peer, allowed: &[String]) -> bool {
    if allowed.iter().any(|allowed| allowed == origin) {
        return true;
    }
    let Some((_, authority)) = origin.split_once("://") else {
        return false;
    };
    let host = peer.host.as_deref();
    if is_loopback(authority) {
        return peer.is_local();
    }
    // A page under a foreign name that was made to resolve to this machine has that name as its host, so a
    // host name by itself proves nothing; an address does.
    host.is_some_and(|host| host.eq_ignore_ascii_case(authority))
        && bare_host(authority).parse::<IpAddr>().is_ok()
}

fn is_loopback(authority: &str) -> bool {
    let host = bare_host(authority);
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn bare_host(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split_once(']').map_or(rest, |(address, _)| address);
    }
    authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_this_machine_and_listed_ones_may_connect() {
        let listed = ["https://picker.example".to_owned()];
        let (here, there) = ("127.0.0.1", "192.168.1.9");
        for (origin, host, address, allowed) in [
            (
                "http://127.0.0.1:18789",
                Some("127.0.0.1:18789"),
                here,
                true,
            ),
            ("http://localhost:5173", Some("127.0.0.1:18789"), here, true),
            ("http://[::1]:9", None, here, true),
            ("http://localhost:5173", Some("192.168.1.5:1"), there, false),
            ("http://192.168.1.5:1", Some("192.168.1.5:1"), there, true),
            (
                "http://192.168.1.5:18789",
                Some("127.0.0.1:18789"),
                here,
                false,
            ),
            ("https://evil.example", Some("127.0.0.1:18789"), here, false),
            ("https://evil.example", Some("evil.example"), here, false),
            (
                "https://picker.example",
                Some("127.0.0.1:18789"),
                here,
                true,
            ),
            ("https://picker.example", Some("192.168.1.5:1"), there, true),
            ("null", Some("127.0.0.1:18789"), here, false),
        ] {
            let peer = Peer {
                address: address.parse().expect("an address"),
                origin: Some(origin.to_owned()),
                host: host.map(str::to_owned),
                forwarded: false,
            };
            assert_eq!(
                origin_allowed(origin, &peer, &listed),
                allowed,
                "{origin} at {host:?} from {address}"
            );
        }
    }
}
