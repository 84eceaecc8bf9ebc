//! Places in lists that several rooms speak of, so that one is not taken for the other.

/// A place in a list of one kind.
macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(usize);

        impl $name {
            /// As a number, for lists.
            pub fn get(self) -> usize {
                self.0
            }

            /// What a list has, each thing with its place.
            pub fn enumerate<T>(list: impl IntoIterator<Item = T>) -> impl Iterator<Item = (Self, T)> {
                let list = list.into_iter().enumerate();
                list.map(|(place, one)| (Self(place), one))
            }
        }

        impl From<usize> for $name {
            fn from(place: usize) -> Self {
                Self(place)
            }
        }

        impl From<$name> for usize {
            fn from(index: $name) -> Self {
                index.0
            }
        }
    };
}

index! {
    /// The place of a name server in the order of asking, from 0.
    ServerIndex
}

index! {
    /// The place of a set in the declaration of its segment, from 0.
    SetIndex
}
