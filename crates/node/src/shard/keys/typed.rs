//! Collections by their type.

use super::Keys;
use crate::command::Failure;
use crate::table::{Entry, ValueRef};
use std::borrow::{Borrow, BorrowMut};

use crate::value::{Collection, Hash, List, Set, Stream, ZSet};

macro_rules! typed {
    ($kind:ident, $read:ident, $peek:ident, $change:ident, $make:ident, $new:expr) => {
        impl Keys<'_> {
            #[doc = concat!("The ", stringify!($kind), " at `key`.")]
            ///
            /// # Errors
            /// `WRONGTYPE` if it holds another type.
            pub fn $read(&mut self, key: &[u8]) -> Result<Option<&$kind>, Failure> {
                match self.read(key).map(Entry::value) {
                    None => Ok(None),
                    Some(ValueRef::Coll(Collection::$kind(it))) => Ok(Some(it.borrow())),
                    Some(_) => Err(Failure::WRONG_TYPE),
                }
            }

            #[doc = concat!("The ", stringify!($kind), " at `key`, leaving the handler free to look at other keys; its shard must be held.")]
            ///
            /// # Errors
            /// `WRONGTYPE` if it holds another type.
            pub fn $peek(&self, key: &[u8]) -> Result<Option<&$kind>, Failure> {
                match self.peek(key).map(Entry::value) {
                    None => Ok(None),
                    Some(ValueRef::Coll(Collection::$kind(it))) => Ok(Some(it.borrow())),
                    Some(_) => Err(Failure::WRONG_TYPE),
                }
            }

            #[doc = concat!("The ", stringify!($kind), " at `key` for change; call [`changed`](Self::changed) after changing it.")]
            ///
            /// # Errors
            /// `WRONGTYPE` if it holds another type.
            pub fn $change(&mut self, key: &[u8]) -> Result<Option<&mut $kind>, Failure> {
                match self.collection_mut(key)? {
                    None => Ok(None),
                    Some(Collection::$kind(it)) => Ok(Some(it.borrow_mut())),
                    Some(_) => Err(Failure::WRONG_TYPE),
                }
            }

            #[doc = concat!("The ", stringify!($kind), " at `key` for change, made if absent.")]
            ///
            /// # Errors
            /// `WRONGTYPE` if the key holds another type.
            pub fn $make(&mut self, key: &[u8]) -> Result<&mut $kind, Failure> {
                match self.collection_or_new(key, |seed| Collection::$kind($new(seed).into()))? {
                    Collection::$kind(it) => Ok(it.borrow_mut()),
                    _ => Err(Failure::WRONG_TYPE),
                }
            }
        }
    };
}

typed!(List, list, peek_list, list_mut, list_or_new, |_| List::new());
typed!(Hash, hash, peek_hash, hash_mut, hash_or_new, Hash::new);
typed!(Set, set, peek_set, set_mut, set_or_new, Set::new);
typed!(ZSet, zset, peek_zset, zset_mut, zset_or_new, ZSet::new);
typed!(Stream, stream, peek_stream, stream_mut, stream_or_new, Stream::new);
