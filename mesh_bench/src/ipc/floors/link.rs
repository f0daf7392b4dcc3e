//! What the jobs ask of a mechanism.

/// One end of a way to carry messages whose sizes both sides know.
///
/// A floor that fails has nothing to measure, so errors other than the end of the other side panic.
pub(crate) trait Link {
    /// Sends a message, perhaps only into a buffer.
    fn send(&mut self, message: &[u8]);

    /// Lets go of what is buffered.
    fn flush(&mut self);

    /// Receives a message of the length of `message`; false when the other side is gone.
    fn receive(&mut self, message: &mut [u8]) -> bool;

    /// Whether a message, or a part of one, is here without asking the kernel.
    fn ready(&self) -> bool;
}
