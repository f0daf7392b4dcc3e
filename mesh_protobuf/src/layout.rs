//! Fingerprints of layouts: what two programs compare to know that they mean the same by the same bytes.
//!
//! An encoding describes what it puts on the wire, part by part, to a [`Layout`], by the methods `value_layout`, `field_layout`
//! and `body_layout` of the traits that write. Nothing is described unless a fingerprint is asked for, and nothing of it is on
//! the wire of a message.
//!
//! # What it keeps true
//! - It depends on structure alone: kinds of parts, numbers, what fields and variants are called. It is the same in every build, by every
//!   compiler, on every target; the names of types, addresses and sizes in memory are not in it.
//! - It ends, also for types that contain themselves: messages are looked into [`DEPTH`] deep, and no further once [`PARTS`] parts have been seen;
//!   a message may use up half of what is left of them, so that a large one does not hide what is behind it. Where it stops
//!   depends on structure alone, too.
//! - What nobody describes is [unknown](Layout::unknown), which is equal to everything that is unknown: encodings written by hand, unless they
//!   say more, and messages with `#[derive(Protobuf)]`, which are made to change. Their fields may differ between two programs.
//!
//! # What it leaves out
//! What is no matter of layout: the lengths of arrays, the capacity of what is bounded, which are seen when a message is read. The layout of
//! messages on a channel whose end is in a message: that is compared there. Changes below the depth at which it stops.

use crate::encoding::{DefaultEncoding, Encoding, MessageEncode};

/// How deep messages in messages are looked into.
pub const DEPTH: u8 = 8;

/// How many parts are looked at before messages are looked into no more.
pub const PARTS: u16 = 1000;

/// The part that nobody describes; see [`Layout::unknown`].
pub const UNKNOWN: u64 = 0;

/// What the encodings of this crate are made of. The values are part of what peers compare.
pub(crate) mod kind {
    pub(crate) const MESSAGE: u64 = 1;
    pub(crate) const CUT: u64 = 2;
    pub(crate) const OPTIONAL: u64 = 3;
    pub(crate) const REPEATED: u64 = 4;
    pub(crate) const UNPACKED: u64 = 5;
    pub(crate) const ENTRY: u64 = 6;
    pub(crate) const TUPLE: u64 = 7;
    pub(crate) const OUTCOME: u64 = 8;
    pub(crate) const NOTHING: u64 = 9;
    pub(crate) const VARINT: u64 = 10;
    pub(crate) const ZIGZAG: u64 = 11;
    pub(crate) const FIXED: u64 = 12;
    pub(crate) const FIXED128: u64 = 13;
    pub(crate) const TEXT: u64 = 14;
    #[cfg(all(feature = "std", any(unix, windows)))]
    pub(crate) const OS_TEXT: u64 = 15;
    pub(crate) const ADDRESS: u64 = 16;
    #[cfg(feature = "alloc")]
    pub(crate) const RESOURCE: u64 = 17;
    #[cfg(feature = "std")]
    pub(crate) const TIMESTAMP: u64 = 18;
    pub(crate) const NEVER: u64 = 19;
    #[cfg(feature = "alloc")]
    pub(crate) const ANY: u64 = 20;

    /// The first of the numbers' types; they count on from here.
    pub(crate) const NUMBERS: u64 = 64;

    /// A number of some type in some encoding; of one that is unknown, the encoding.
    pub(crate) const fn number(encoding: u64, ty: u64) -> u64 {
        ty.rotate_left(8) ^ encoding
    }
}

/// A description of a layout, as far as it has come.
///
/// # Examples
///
/// ```
/// use mesh_protobuf::NoResource;
/// use mesh_protobuf::layout::fingerprint;
///
/// let layout = fingerprint::<(u32, Option<String>), NoResource>();
/// assert!(layout.is_some());
/// assert_eq!(layout, fingerprint::<(u32, Option<Box<str>>), NoResource>());
/// assert_ne!(layout, fingerprint::<(i32, Option<String>), NoResource>());
/// assert_ne!(layout, fingerprint::<(Option<String>, u32), NoResource>());
/// ```
#[derive(Debug)]
pub struct Layout {
    hash: u64,
    /// How much deeper it may go.
    depth: u8,
    /// How many parts may still be looked at; below zero where a message has more than its share, which the one around it pays.
    parts: i32,
    /// Whether any part was known.
    known: bool,
}

impl Layout {
    const fn new() -> Self {
        Self {
            hash: 0x6d65_7368_2f6c_6179,
            depth: DEPTH,
            parts: PARTS as i32,
            known: false,
        }
    }

    /// Adds a part: what kind of thing comes next, or what it is called ([`name`]).
    ///
    /// An encoding adds the same number of parts each time, or says first how many there are, so that the parts of two can
    /// follow each other without being taken for those of two others.
    #[inline(never)]
    pub fn part(&mut self, what: u64) {
        self.known |= what != UNKNOWN;
        self.parts = self.parts.saturating_sub(1);
        // Each step can be undone, so that parts which differ are never lost in it.
        let mixed = (self.hash ^ what).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.hash = (mixed ^ (mixed >> 32)).wrapping_add(1);
    }

    /// Adds a part that is equal to every other unknown part.
    pub fn unknown(&mut self) {
        self.part(UNKNOWN);
    }

    /// Adds a message in the message, whose parts `describe` adds, unless it is nested too deeply or too much was seen before.
    #[inline(never)]
    pub fn nested(&mut self, describe: fn(&mut Self)) {
        self.part(kind::MESSAGE);
        if self.depth == 0 || self.parts <= 0 {
            return self.part(kind::CUT);
        }
        let later = self.parts / 2;
        self.depth -= 1;
        self.parts -= later;
        describe(self);
        self.depth += 1;
        self.parts += later;
    }
}

/// The number that stands for a name in a layout.
///
/// It is that of FNV-1a, 64 bits.
///
/// # Examples
///
/// ```
/// use mesh_protobuf::layout::name;
///
/// const OFFSET: u64 = name("offset");
/// assert_ne!(OFFSET, name("length"));
/// ```
pub const fn name(text: &str) -> u64 {
    let (mut hash, mut at) = (0xcbf2_9ce4_8422_2325_u64, 0);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    hash
}

/// Describes the body of a message, as the default encoding of `T` lays it out: for encodings that have the bytes of another type.
pub fn body<T, R>(layout: &mut Layout)
where
    T: DefaultEncoding<Encoding: Encoding<Body: MessageEncode<T, R>>>,
{
    <<T::Encoding as Encoding>::Body as MessageEncode<T, R>>::body_layout(layout);
}

/// The fingerprint of the messages that a `T` is encoded to; none if nothing is known of them, and then they are equal to all others.
///
/// It takes as long as there are parts, [at most](PARTS) some microseconds. Two layouts that differ have the same fingerprint with a chance of 2⁻⁶⁴.
pub fn fingerprint<T, R>() -> Option<u64>
where
    T: DefaultEncoding<Encoding: Encoding<Body: MessageEncode<T, R>>>,
{
    // By a pointer, so that what describes a type is compiled once and into nobody who asks.
    describe(body::<T, R>)
}

#[inline(never)]
fn describe(with: fn(&mut Layout)) -> Option<u64> {
    let mut layout = Layout::new();
    with(&mut layout);
    layout.known.then_some(layout.hash)
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::NoResource;
    use alloc::boxed::Box;
    use alloc::string::String;
    use alloc::vec::Vec;
    use core::num::NonZeroU32;
    use core::sync::atomic::{AtomicUsize, Ordering};

    fn of<T>() -> u64
    where
        T: DefaultEncoding<Encoding: Encoding<Body: MessageEncode<T, NoResource>>>,
    {
        fingerprint::<T, NoResource>().expect("it is known")
    }

    /// The parts that a description adds.
    fn parts(describe: fn(&mut Layout)) -> i32 {
        let mut layout = Layout::new();
        describe(&mut layout);
        i32::from(PARTS) - layout.parts
    }

    #[test]
    fn a_reference_a_pointer_and_what_is_converted_have_the_layout_of_the_value() {
        assert_eq!(of::<&(u32, String)>(), of::<(u32, String)>());
        assert_eq!(of::<Box<(u32, Box<u64>)>>(), of::<(u32, u64)>());
        assert_eq!(of::<&str>(), of::<String>());
        assert_eq!(of::<&[u8]>(), of::<Vec<u8>>());
        assert_eq!(of::<core::time::Duration>(), of::<(u64, u32)>());
        assert_eq!(of::<core::ops::Range<u32>>(), of::<(u32, u32)>());
    }

    #[test]
    fn a_part_is_in_the_order_in_which_it_was_added() {
        let of = |parts: &[u64]| {
            let mut layout = Layout::new();
            parts.iter().for_each(|part| layout.part(*part));
            layout.hash
        };
        let all = [
            &[1, 2][..],
            &[2, 1],
            &[1],
            &[2],
            &[1, 2, 0],
            &[0, 1, 2],
            &[0],
            &[0, 0],
            &[],
        ];
        for (at, parts) in all.iter().enumerate() {
            for others in &all[..at] {
                assert_ne!(of(parts), of(others), "{parts:?} and {others:?}");
            }
        }
    }

    #[test]
    fn nothing_but_unknown_parts_is_no_layout() {
        let mut layout = Layout::new();
        layout.unknown();
        assert!(!layout.known);
        layout.part(name("known"));
        layout.unknown();
        assert!(layout.known);
    }

    fn eight(layout: &mut Layout) {
        for _ in 0..8 {
            layout.nested(eight);
        }
    }

    fn chain(layout: &mut Layout) {
        layout.nested(chain);
    }

    #[test]
    fn a_chain_without_an_end_is_cut_off_by_its_depth() {
        // One part for each level, and one for the end.
        assert_eq!(parts(chain), i32::from(DEPTH) + 2);
    }

    #[test]
    fn what_grows_with_each_level_is_cut_off_by_the_number_of_parts() {
        static SEEN: AtomicUsize = AtomicUsize::new(0);
        fn wide(layout: &mut Layout) {
            for _ in 0..8 {
                SEEN.fetch_add(1, Ordering::Relaxed);
                layout.nested(wide);
            }
        }
        wide(&mut Layout::new());
        // What the messages that were begun before the end hold is still seen, to the last of their fields.
        assert!(SEEN.load(Ordering::Relaxed) <= usize::from(PARTS) + 8 * usize::from(DEPTH));
    }

    #[test]
    fn a_message_leaves_half_of_the_parts_to_what_follows_it() {
        let mut layout = Layout::new();
        layout.nested(eight);
        assert!(layout.parts >= i32::from(PARTS) / 2 - 8 * i32::from(DEPTH));
    }

    #[test]
    fn a_number_that_is_never_zero_is_another_than_one_that_may_be() {
        assert_ne!(of::<NonZeroU32>(), of::<u32>());
        assert_ne!(of::<Option<NonZeroU32>>(), of::<Option<u32>>());
    }

    #[test]
    fn names_have_the_numbers_of_fnv_1a() {
        assert_eq!(name(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(name("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(name("foobar"), 0x8594_4171_f739_67e8);
    }
}
