//! Tuples of one to twelve members.

use crate::encoding::DefaultEncoding;
use crate::encodings::Tuple;

macro_rules! tuples {
    ($($type:ident)*) => {
        impl<$($type: DefaultEncoding),*> DefaultEncoding for ($($type,)*) {
            type Encoding = Tuple<($($type::Encoding,)*)>;
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
tuples!(A B C D E F G H I);
tuples!(A B C D E F G H I J);
tuples!(A B C D E F G H I J K);
tuples!(A B C D E F G H I J K L);
