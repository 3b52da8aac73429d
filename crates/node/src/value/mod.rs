//! The collections that a key may hold: pure data, no commands and no replies.
//!
//! Small collections are one packed byte array; large ones are chosen for constant or logarithmic cost. A collection turns
//! from small to large when a mutation passes its [`Thresholds`] and never turns back, so that its encoding is a function of
//! its history alone. Every structure keeps its heap bytes as it changes, so that accounting costs nothing.

mod collection;
mod either;
mod hash;
mod integer;
mod item;
mod list;
mod packed;
mod record;
mod sample;
mod set;
pub mod stream;
mod thresholds;
mod zset;

pub use collection::{Collection, DecodeError};
pub use hash::Hash;
pub use integer::{IntegerText, Member};
pub use list::{Direction, Iter as ListIter, List, RevIter as ListRevIter, Side};
pub use set::Set;
pub use stream::Stream;
pub use thresholds::{SetThresholds, Thresholds};
pub use zset::{LexBound, LexRange, ScoreBound, ScoreRange, ZSet};
