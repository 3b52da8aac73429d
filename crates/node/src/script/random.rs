//! The 48-bit linear congruential generator behind `math.random`, so that a script draws the numbers it draws on Redis.

/// State of the generator: `x' = x · 0x5DEECE66D + 11 mod 2^48`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lrand48(u64);

/// Draws are taken modulo this.
const RANGE: i32 = i32::MAX;

impl Lrand48 {
    /// Starts from a 32-bit seed, as the C function `srand48` does.
    pub(super) fn new(seed: u32) -> Self {
        Self(u64::from(seed) << 16 | 0x330E)
    }

    /// A number in `0.0..1.0` with 31 bits of state.
    pub(super) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(0x5_DEEC_E66D).wrapping_add(11) & 0xFFFF_FFFF_FFFF;
        let draw = i32::try_from(self.0 >> 17).unwrap_or(0);
        f64::from(draw % RANGE) / f64::from(RANGE)
    }
}
