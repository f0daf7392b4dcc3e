//! Invitations: the names of the two nodes that a link is to join, as the one hands them to the other.
//!
//! An invitation is a text, for an environment variable or the first line of a connection. It is a name and no secret: whoever
//! has the other end of the link is the node that was invited.

use crate::protocol::NodeId;
use std::fmt;
use std::str::FromStr;

/// The names of an inviter and of the node it invites; see [`Node::invite`](super::Node::invite).
///
/// ```
/// use mesh_node::node::{Invitation, Node, Settings};
///
/// let invitation = Node::root(Settings::default())?.invite().unwrap();
/// assert_eq!(invitation.to_string().parse::<Invitation>()?, invitation);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Invitation {
    pub(super) inviter: NodeId,
    pub(super) invitee: NodeId,
}

/// A text that is not an [`Invitation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected an invitation: a number in hexadecimal, and decimal numbers, with strokes between"
)]
pub struct ParseInvitationError(());

impl Invitation {
    /// Who invites.
    pub fn inviter(&self) -> &NodeId {
        &self.inviter
    }

    /// Who is invited.
    pub fn invitee(&self) -> &NodeId {
        &self.invitee
    }
}

impl fmt::Display for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.invitee, f)
    }
}

impl FromStr for Invitation {
    type Err = ParseInvitationError;

    fn from_str(text: &str) -> Result<Self, ParseInvitationError> {
        let parse = || {
            let mut parts = text.split('/');
            let root = u128::from_str_radix(digits(parts.next()?)?, 16).ok()?;
            let path: Vec<u32> = parts
                .map(|part| digits(part)?.parse().ok())
                .collect::<Option<_>>()?;
            let inviter = path[..path.len().checked_sub(1)?].to_vec();
            Some(Self {
                inviter: NodeId::from_parts(root, inviter)?,
                invitee: NodeId::from_parts(root, path)?,
            })
        };
        parse().ok_or(ParseInvitationError(()))
    }
}

/// Without a sign, which the standard parsers would take.
fn digits(part: &str) -> Option<&str> {
    (!part.is_empty() && part.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_no_invitation_are_refused() {
        let deep = format!("7{}", "/1".repeat(17));
        for text in [
            "",
            "7",
            "7/",
            "/1",
            "7/-1",
            "7/+1",
            "x/1",
            "7/4294967296",
            "7/a",
            &deep,
        ] {
            assert_eq!(
                text.parse::<Invitation>(),
                Err(ParseInvitationError(())),
                "{text}"
            );
        }
        let invitation: Invitation = "7/0/12".parse().unwrap();
        assert_eq!(invitation.inviter().to_string(), "7/0");
        assert_eq!(invitation.invitee().to_string(), "7/0/12");
    }
}
