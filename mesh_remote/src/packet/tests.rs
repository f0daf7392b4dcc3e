//! Tests of the format.

use super::*;
use proptest::prelude::*;

fn headers() -> impl Strategy<Value = Header> {
    let part = prop_oneof![
        Just(Part::Whole),
        Just(Part::Middle),
        Just(Part::Last),
        (any::<u32>(), any::<u16>())
            .prop_map(|(bytes, descriptors)| Part::First(Total { bytes, descriptors })),
    ];
    (0..=PIECE_BYTES, 0..=PACKET_DESCRIPTORS as u8, part).prop_map(|(length, descriptors, part)| {
        Header {
            length,
            descriptors,
            part,
        }
    })
}

proptest! {
    #[test]
    fn a_piece_that_is_written_is_read_back_with_what_follows(header in headers(), more in any::<[u8; 3]>()) {
        let mut bytes = header.write().as_slice().to_vec();
        let start = bytes.len();
        bytes.extend((0..header.length).map(|at| at as u8));
        bytes.extend(more);
        let (piece, rest) = bytes[start..].split_at(header.length);
        prop_assert_eq!(read(&bytes), Ok(Read::Piece(header, piece, rest)));
    }

    #[test]
    fn a_piece_that_is_cut_off_is_partial(header in headers(), cut in any::<prop::sample::Index>()) {
        let mut bytes = header.write().as_slice().to_vec();
        bytes.resize(bytes.len() + header.length, 0);
        let cut = cut.index(bytes.len());
        prop_assert_eq!(read(&bytes[..cut]), Ok(Read::Partial));
        prop_assert_eq!(whole_pieces(&bytes[..cut]), Ok(0));
    }

    #[test]
    fn what_is_read_is_what_writing_writes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(Read::Piece(header, piece, rest)) = read(&bytes) {
            let mut again = header.write().as_slice().to_vec();
            again.extend_from_slice(piece);
            again.extend_from_slice(rest);
            prop_assert_eq!(again, bytes);
        }
    }
}

#[test]
fn the_format_is_these_bytes() {
    let whole = Header {
        length: 0x102,
        descriptors: 0,
        part: Part::Whole,
    };
    assert_eq!(whole.write().as_slice(), [2, 1, 0, 0]);
    let first = Header {
        length: 5,
        descriptors: 253,
        part: Part::First(Total {
            bytes: 0x0403_0201,
            descriptors: 0x0605,
        }),
    };
    assert_eq!(
        first.write().as_slice(),
        [5, 0, 0, 5, 253, 1, 2, 3, 4, 5, 6]
    );
    let middle = Header {
        length: 5,
        descriptors: 0,
        part: Part::Middle,
    };
    assert_eq!(middle.write().as_slice(), [5, 0, 0, 3]);
    let last = Header {
        length: 0,
        descriptors: 1,
        part: Part::Last,
    };
    assert_eq!(last.write().as_slice(), [0, 0, 0, 6, 1]);
    assert_eq!(END_BYTES, [0, 0, 0, 8]);
}

#[test]
fn what_makes_no_sense_is_malformed() {
    assert_eq!(read(&[0, 0, 0, 0x10]), Err(Malformed::Flags));
    assert_eq!(read(&[1, 0, 0, 8]), Err(Malformed::Flags));
    assert_eq!(read(&[0, 0, 0, 4, 0]), Err(Malformed::Flags));
    assert_eq!(read(&[0, 0, 0, 4, 254]), Err(Malformed::Flags));
    assert_eq!(read(&[0, 0, 2, 0]), Err(Malformed::PieceLength));
}
