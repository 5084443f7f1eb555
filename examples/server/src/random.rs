//! Random octets of the system.

/// The system has none.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the system has no random octets")]
pub struct NoRandom;

/// Fresh random octets, fit for cryptography.
///
/// # Errors
///
/// [`NoRandom`], which nothing should go on after.
pub fn octets<const N: usize>() -> Result<[u8; N], NoRandom> {
    let mut octets = [0; N];
    aws_lc_rs::rand::fill(&mut octets).map_err(|_| NoRandom)?;
    Ok(octets)
}
