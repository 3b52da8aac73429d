//! Random elements of a collection: what `HRANDFIELD`, `SRANDMEMBER` and `ZRANDMEMBER` share.

use super::{Failure, args};
use crate::engine::Settings;
use crate::resp::Encoder;

/// Which random elements are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
    /// Up to so many, each at most once.
    Distinct(usize),
    /// Exactly so many, each drawn from all.
    Repeated(usize),
}

impl Draw {
    /// Reads the count: a negative one allows repetitions.
    ///
    /// # Errors
    /// If it is no integer, or the one that has no positive counterpart.
    pub fn parse(count: &[u8]) -> Result<Self, Failure> {
        match args::int(count)? {
            i64::MIN => Err(Failure::Fixed(
                "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
            )),
            count if count < 0 => Ok(Self::Repeated(count.unsigned_abs() as usize)),
            count => Ok(Self::Distinct(count as usize)),
        }
    }

    /// How many elements are asked for.
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Self::Distinct(count) | Self::Repeated(count) => count,
        }
    }
}

/// Whether a reply of repeated elements may go on: they are the one kind of reply that may be larger than the data, without limit.
///
/// # Errors
/// If more is written than a client's output may hold.
pub fn check_room(out: &Encoder, settings: &Settings) -> Result<(), Failure> {
    let bytes_max = settings.output_normal.hard;
    if bytes_max == 0 || out.len() <= bytes_max {
        return Ok(());
    }
    Err(Failure::made(format!("ERR reply exceeds the client's output limit of {bytes_max} bytes")))
}
