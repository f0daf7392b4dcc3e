//! Internet addresses, alone and with a port.
//!
//! A socket address is a message of the address (field 1), the port (2), and for version 6 the flow information (3) and the
//! scope (4). `SocketAddr` and its two versions have the same bytes.

use super::mirror::mirror;
use crate::encoding::DefaultEncoding;
use crate::encodings::Address;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

macro_rules! address {
    ($($type:ty)*) => { $(
        impl DefaultEncoding for $type {
            type Encoding = Address;
        }
    )* };
}
address!(Ipv4Addr Ipv6Addr IpAddr);

mirror!(
    SocketAddrV4 as (Ipv4Addr, u16),
    |value| (*value.ip(), value.port()),
    |(ip, port)| Ok(SocketAddrV4::new(ip, port))
);

mirror!(
    SocketAddrV6 as (Ipv6Addr, u16, u32, u32),
    |value| (
        *value.ip(),
        value.port(),
        value.flowinfo(),
        value.scope_id()
    ),
    |(ip, port, flowinfo, scope_id)| Ok(SocketAddrV6::new(ip, port, flowinfo, scope_id))
);

mirror!(
    SocketAddr as (IpAddr, u16, u32, u32),
    |value| match value {
        SocketAddr::V4(v4) => (IpAddr::V4(*v4.ip()), v4.port(), 0, 0),
        SocketAddr::V6(v6) => (
            IpAddr::V6(*v6.ip()),
            v6.port(),
            v6.flowinfo(),
            v6.scope_id()
        ),
    },
    |(ip, port, flowinfo, scope_id)| Ok(match ip {
        IpAddr::V4(ip) => SocketAddrV4::new(ip, port).into(),
        IpAddr::V6(ip) => SocketAddrV6::new(ip, port, flowinfo, scope_id).into(),
    })
);
