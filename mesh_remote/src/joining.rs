//! The first words to a process that comes by itself: who it is to be in the mesh.
//!
//! A child is told by whoever starts it. A process that connects to a socket is told on the connection, by one *record* that the
//! side which accepted it sends before anything else, once it has made sure whom it is talking to. What follows the record is
//! the link.
//!
//! | field | size |
//! |---|---|
//! | `mesh` and a zero byte | 5 |
//! | version, 1 | 1 |
//! | length of the text, little-endian | 2 |
//! | the invitation, as text | length |
//!
//! On a socket that keeps messages apart the record is one message. What it keeps true: reading takes not one byte more than the
//! record, allocates no more than [`MAX_TEXT`], and ends with a typed error whatever arrives.

use futures::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use mesh_node::node::{Invitation, ParseInvitationError};
use std::io;
use thiserror::Error;

const MAGIC: [u8; 5] = *b"mesh\0";
const VERSION: u8 = 1;
const HEAD: usize = MAGIC.len() + 3;

/// The longest text of an invitation.
pub const MAX_TEXT: usize = 512;

/// Why an invitation was not received.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadInvitationError {
    /// What was read does not begin like a record.
    #[error("the other side does not speak the protocol of a mesh")]
    NotAMesh,
    /// The record is of another version.
    #[error("the other side invites in version {0} of the record, and 1 is known")]
    Version(u8),
    /// The text is longer than any invitation.
    #[error("an invitation of {0} bytes is longer than any")]
    TooLong(usize),
    /// The text is no invitation.
    #[error("the other side did not send an invitation")]
    Text(#[from] ParseInvitationError),
    /// The connection failed, or ended before the record did.
    #[error("the connection failed before the invitation was received")]
    Io(#[from] io::Error),
}

/// The record of an invitation.
///
/// ```
/// use mesh_node::node::{Node, Settings};
/// use mesh_remote::joining::{read, record};
///
/// let invitation = Node::root(Settings::default())?.invite().unwrap();
/// assert_eq!(read(&record(&invitation))?, invitation);
/// assert!(read(b"HTTP/1.1 400 Bad Request").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn record(invitation: &Invitation) -> Vec<u8> {
    let text = invitation.to_string();
    let mut record = MAGIC.to_vec();
    record.push(VERSION);
    // Names have at most sixteen steps of ten digits.
    record.extend_from_slice(&u16::try_from(text.len()).unwrap_or(u16::MAX).to_le_bytes());
    record.extend_from_slice(text.as_bytes());
    record
}

/// Reads a record that was received as one message.
///
/// # Errors
/// It is not just such a record.
pub fn read(record: &[u8]) -> Result<Invitation, ReadInvitationError> {
    let (head, text) = record
        .split_first_chunk::<HEAD>()
        .ok_or(ReadInvitationError::NotAMesh)?;
    if text.len() != text_len(*head)? {
        return Err(ReadInvitationError::NotAMesh);
    }
    parse(text)
}

/// Sends an invitation on a stream, before its link begins.
///
/// Dropping the future half way leaves a part of the record sent; the stream is of no use then.
///
/// # Errors
/// The stream fails.
pub async fn send(
    stream: &mut (impl AsyncWrite + Unpin),
    invitation: &Invitation,
) -> io::Result<()> {
    stream.write_all(&record(invitation)).await?;
    stream.flush().await
}

/// Receives an invitation on a stream. What follows it is left in the stream.
///
/// It waits as long as the other side takes. Dropping the future half way loses what was read; the stream is of no use then.
///
/// # Errors
/// The stream fails, or what comes is no invitation.
pub async fn receive(
    stream: &mut (impl AsyncRead + Unpin),
) -> Result<Invitation, ReadInvitationError> {
    let mut head = [0; HEAD];
    stream.read_exact(&mut head).await?;
    let mut text = vec![0; text_len(head)?];
    stream.read_exact(&mut text).await?;
    parse(&text)
}

fn text_len(head: [u8; HEAD]) -> Result<usize, ReadInvitationError> {
    let [magic @ .., version, low, high] = head;
    if magic != MAGIC {
        return Err(ReadInvitationError::NotAMesh);
    }
    if version != VERSION {
        return Err(ReadInvitationError::Version(version));
    }
    match usize::from(u16::from_le_bytes([low, high])) {
        length if length > MAX_TEXT => Err(ReadInvitationError::TooLong(length)),
        length => Ok(length),
    }
}

fn parse(text: &[u8]) -> Result<Invitation, ReadInvitationError> {
    // What is not text is no invitation either.
    let text = std::str::from_utf8(text).unwrap_or_default();
    Ok(text.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use futures::io::Cursor;

    fn invitation() -> Invitation {
        "7/0/12".parse().unwrap()
    }

    #[test]
    fn an_invitation_is_received_and_what_follows_it_is_left() {
        let mut bytes = Vec::new();
        block_on(send(&mut bytes, &invitation())).unwrap();
        bytes.extend_from_slice(b"link");
        let mut stream = Cursor::new(bytes);
        assert_eq!(block_on(receive(&mut stream)).unwrap(), invitation());
        let mut rest = Vec::new();
        block_on(stream.read_to_end(&mut rest)).unwrap();
        assert_eq!(rest, b"link");
    }

    #[test]
    fn whatever_else_arrives_is_an_error() {
        let good = record(&invitation());
        for cut in 0..good.len() {
            assert!(read(&good[..cut]).is_err(), "{cut}");
            let mut stream = Cursor::new(&good[..cut]);
            assert!(block_on(receive(&mut stream)).is_err(), "{cut}");
        }
        for at in 0..HEAD {
            let mut bad = good.clone();
            bad[at] ^= 0x80;
            assert!(read(&bad).is_err(), "{at}");
        }
        let mut long = good.clone();
        long.push(b'1');
        assert!(matches!(read(&long), Err(ReadInvitationError::NotAMesh)));
        let mut other = good.clone();
        other[5] = 2;
        assert!(matches!(read(&other), Err(ReadInvitationError::Version(2))));
        let mut endless = good[..HEAD].to_vec();
        endless[6..8].copy_from_slice(&[0xff, 0xff]);
        assert!(matches!(
            block_on(receive(&mut Cursor::new(endless))),
            Err(ReadInvitationError::TooLong(0xffff))
        ));
        let mut not_text = good;
        *not_text.last_mut().unwrap() = 0xff;
        assert!(matches!(read(&not_text), Err(ReadInvitationError::Text(_))));
    }
}
