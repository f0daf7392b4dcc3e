//! Names of nodes and ports.
//!
//! A node's name is random, so that two hosts need not agree on it. A port's name is a number counted within its process:
//! it costs one atomic addition, names the port in diagnostics, and grants nothing to whoever knows it.

use mesh_derive::MeshPayload;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

/// A unique ID: 16 bytes, random.
///
/// Shown and parsed in the usual form of five groups of hexadecimal digits.
///
/// # Examples
///
/// ```
/// use mesh_node::Uuid;
///
/// let id = Uuid::random()?;
/// assert_eq!(id.to_string().parse::<Uuid>()?, id);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, MeshPayload)]
#[mesh(crate = "crate", transparent)]
pub struct Uuid([u8; 16]);

/// A text that is not a [`Uuid`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 32 hexadecimal digits in groups of 8-4-4-4-12")]
pub struct ParseUuidError(());

impl Uuid {
    /// A new ID from the system's random numbers, marked as version 4.
    ///
    /// # Errors
    ///
    /// The system has no random numbers to give.
    pub fn random() -> std::io::Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Ok(Self(bytes))
    }

    /// The ID with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, byte) in self.0.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Uuid {
    type Err = ParseUuidError;

    fn from_str(text: &str) -> Result<Self, ParseUuidError> {
        let mut groups = text.split('-');
        let mut bytes = Vec::with_capacity(16);
        for digits in [8, 4, 4, 4, 12] {
            let group = groups
                .next()
                .filter(|group| group.len() == digits && group.is_ascii())
                .ok_or(ParseUuidError(()))?;
            for pair in group.as_bytes().chunks_exact(2) {
                let pair = std::str::from_utf8(pair).map_err(|_| ParseUuidError(()))?;
                // `from_str_radix` also takes a sign, which is no digit.
                if pair.starts_with('+') {
                    return Err(ParseUuidError(()));
                }
                bytes.push(u8::from_str_radix(pair, 16).map_err(|_| ParseUuidError(()))?);
            }
        }
        match (groups.next(), bytes.try_into()) {
            (None, Ok(bytes)) => Ok(Self(bytes)),
            _ => Err(ParseUuidError(())),
        }
    }
}

/// A node ID: names one process, or one half of a test, among all that are connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, MeshPayload)]
#[mesh(crate = "crate", transparent)]
pub struct NodeId(pub Uuid);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A port ID: names a port within its process, for diagnostics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, MeshPayload)]
#[mesh(crate = "crate", transparent)]
pub struct PortId(pub u64);

impl PortId {
    /// The next one of this process; never used twice.
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        // Only uniqueness matters; nothing is published through the counter.
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Display for PortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A port address: which port of which node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, MeshPayload)]
#[mesh(crate = "crate")]
pub struct Address {
    /// The node.
    pub node: NodeId,
    /// The port within the node.
    pub port: PortId,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.node, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OwnedMessage;

    #[test]
    fn an_address_survives_serialization() {
        let address = Address {
            node: NodeId(Uuid::random().unwrap()),
            port: PortId::next(),
        };
        let message = OwnedMessage::new(address).serialize();
        assert_eq!(
            OwnedMessage::serialized(message)
                .parse::<Address>()
                .unwrap(),
            address
        );
        assert_eq!(
            address.to_string(),
            format!("{}:{}", address.node, address.port.0)
        );
    }

    #[test]
    fn text_that_is_no_unique_id_is_refused() {
        let id = "00112233-4455-6677-8899-aabbccddeeff";
        assert_eq!(id.parse::<Uuid>().unwrap().to_string(), id);
        for bad in [
            "",
            "00112233445566778899aabbccddeeff",
            &id[1..],
            &format!("{id}0"),
            &id.replace('0', "+"),
            &id.replace('f', "é"),
        ] {
            assert_eq!(bad.parse::<Uuid>(), Err(ParseUuidError(())), "{bad}");
        }
    }
}
