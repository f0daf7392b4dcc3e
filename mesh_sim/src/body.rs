//! Message bodies of the simulator: a number, some padding, and tokens that stand for descriptors.

use mesh_node::protocol::Body;
use mesh_node::protocol::frame::FrameBody;

/// What travels beside bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// Something like a descriptor; every one must be delivered or closed once.
    Token(u64),
    /// An end of a wire.
    End(usize, u8),
}

/// A message body.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SimBody {
    /// Which message of the world it is.
    pub id: u64,
    /// Padding after the number.
    pub padding: u32,
    /// Resources in it.
    pub tokens: Vec<u64>,
    /// Whether it was written out; unprepared bodies stay within their node.
    pub ready: bool,
}

impl SimBody {
    /// The size of a body without padding.
    pub const BYTES: u32 = 8;
}

impl Body for SimBody {
    fn bytes(&self) -> u32 {
        Self::BYTES + self.padding
    }

    fn resources(&self) -> u32 {
        self.tokens.len() as u32
    }

    fn is_ready(&self) -> bool {
        self.ready
    }
}

impl FrameBody<Resource> for SimBody {
    fn write(self, bytes: &mut Vec<u8>, resources: &mut Vec<Resource>) {
        bytes.extend(self.id.to_le_bytes());
        bytes.resize(bytes.len() + self.padding as usize, 0);
        resources.extend(self.tokens.into_iter().map(Resource::Token));
    }

    fn read(bytes: &[u8], resources: Vec<Resource>) -> Option<Self> {
        let (id, padding) = bytes.split_first_chunk::<8>()?;
        let tokens = resources
            .into_iter()
            .map(|resource| match resource {
                Resource::Token(token) => Some(token),
                Resource::End(..) => None,
            })
            .collect::<Option<_>>()?;
        Some(Self {
            id: u64::from_le_bytes(*id),
            padding: padding.len() as u32,
            tokens,
            ready: true,
        })
    }
}
