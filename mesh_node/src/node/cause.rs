//! Why a channel failed, as nodes tell each other and as the program is told.
//!
//! The kinds correspond one to one. Nodes say the kind in words at the head of a text, the program's error has it beside the
//! text, so the words are taken off on the way in and put back on the way out: text and kind survive any number of nodes.

use crate::error::{ChannelError, ChannelErrorKind};
use crate::protocol::{Cause, CauseKind};

const BREACH: &str = "peer broke the protocol: ";
const LIMIT: &str = "limit exceeded: ";

impl From<&ChannelError> for Cause {
    fn from(error: &ChannelError) -> Self {
        let text = error.reason().to_string();
        let (kind, head) = match error.kind() {
            ChannelErrorKind::Decode => (CauseKind::Undeliverable, ""),
            ChannelErrorKind::PeerFailed => (CauseKind::Died, ""),
            ChannelErrorKind::LinkLost => (CauseKind::Lost, ""),
            ChannelErrorKind::ProtocolBreach => (CauseKind::Breach, BREACH),
            ChannelErrorKind::LimitExceeded => (CauseKind::Limit, LIMIT),
            ChannelErrorKind::ShutDown => (CauseKind::Shutdown, ""),
        };
        if head.is_empty() {
            Self::new(kind, text)
        } else {
            Self::new(kind, format!("{head}{text}"))
        }
    }
}

impl From<&Cause> for ChannelError {
    fn from(cause: &Cause) -> Self {
        let text = &*cause.text;
        let (kind, head) = match cause.kind {
            CauseKind::Lost => (ChannelErrorKind::LinkLost, ""),
            CauseKind::Breach => (ChannelErrorKind::ProtocolBreach, BREACH),
            CauseKind::Limit => (ChannelErrorKind::LimitExceeded, LIMIT),
            CauseKind::Shutdown => (ChannelErrorKind::ShutDown, ""),
            CauseKind::Undeliverable => (ChannelErrorKind::Decode, ""),
            CauseKind::Died => (ChannelErrorKind::PeerFailed, ""),
        };
        Self::new(kind, text.strip_prefix(head).unwrap_or(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_and_text_survive_the_way_through_a_node() {
        for kind in [
            ChannelErrorKind::Decode,
            ChannelErrorKind::PeerFailed,
            ChannelErrorKind::LinkLost,
            ChannelErrorKind::ProtocolBreach,
            ChannelErrorKind::LimitExceeded,
            ChannelErrorKind::ShutDown,
        ] {
            let error =
                ChannelError::new(kind, "process \"disk\" (pid 4711) was killed by signal 9");
            assert_eq!(ChannelError::from(&Cause::from(&error)), error);
        }
    }

    #[test]
    fn the_kind_is_said_once_in_either_form() {
        let cause = Cause::new(
            CauseKind::Breach,
            "peer broke the protocol: it named a channel",
        );
        let error = ChannelError::from(&cause);
        assert_eq!(
            error.to_string(),
            "the peer broke the protocol: it named a channel"
        );
        assert_eq!(Cause::from(&error), cause);
        let cause = Cause::new(CauseKind::Shutdown, "we shut down");
        assert_eq!(ChannelError::from(&cause).to_string(), "we shut down");
    }
}
