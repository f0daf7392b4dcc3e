//! Dropping messages without recursion.
//!
//! A message may hold a port whose inbox holds a message, and so on without bound; dropped in the plain way such a chain would
//! overflow the stack. Here the outermost call on a thread keeps a list, and the others add to it.

use crate::error::ChannelError;
use crate::message::OwnedMessage;
use std::cell::RefCell;
use std::collections::VecDeque;

thread_local! {
    /// Messages that this thread is to drop once it is done with the one it is dropping.
    static DROPPING: RefCell<Option<Vec<VecDeque<OwnedMessage>>>> = const { RefCell::new(None) };
}

/// Drops what nobody will receive: as lost if there is a cause, which endpoints inside are then told.
pub(crate) fn throw_away(
    messages: impl IntoIterator<Item = OwnedMessage>,
    cause: Option<&ChannelError>,
) {
    match cause {
        // Endpoints that fail are not kept, so what is queued in them is dropped flat in its turn.
        Some(cause) => messages.into_iter().for_each(|message| message.fail(cause)),
        None => drop_flat(messages.into_iter().collect()),
    }
}

/// Drops messages without recursion: a message may hold a port whose inbox holds a message, and so on without bound.
pub(crate) fn drop_flat(messages: VecDeque<OwnedMessage>) {
    if messages.is_empty() {
        return;
    }
    let nested = DROPPING.try_with(|dropping| match &mut *dropping.borrow_mut() {
        Some(pending) => {
            pending.push(messages);
            None
        }
        first => {
            *first = Some(Vec::new());
            Some(messages)
        }
    });
    // At the thread's end there is no list any more; then the closure, and the messages in it, were dropped directly.
    let Ok(Some(mut messages)) = nested else {
        return;
    };
    let _end_of_list = EndOfList;
    loop {
        drop(messages);
        let next = DROPPING.with_borrow_mut(|dropping| dropping.as_mut().and_then(Vec::pop));
        match next {
            Some(next) => messages = next,
            None => return,
        }
    }
}

/// Takes the list away when its owner is done with it, also if a message panicked while it was dropped.
struct EndOfList;

impl Drop for EndOfList {
    fn drop(&mut self) {
        drop(DROPPING.take());
    }
}
