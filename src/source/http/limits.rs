//! What one source may cost: bytes, time, tries.

use std::time::Duration;

/// Every limit of a client.
#[derive(Clone, Debug)]
pub struct Limits {
    /// One answer, after decoding.
    pub body_bytes: u64,
    /// Status line and headers of one answer.
    pub head_bytes: usize,
    /// All answers of one source in one sync, after decoding.
    pub total_bytes: u64,
    /// One request, from the look-up of its host to the last byte of its answer.
    pub request_time: Duration,
    /// Without a single byte.
    pub idle_time: Duration,
    /// Redirects followed for one address.
    pub redirects: usize,
    /// Requests for one address that fail in a way that may pass.
    pub tries: u32,
    /// The wait before the second try is at most this, then twice and four times as long.
    pub first_wait: Duration,
    /// All waits of one source in one sync.
    pub total_wait: Duration,
    /// Requests at the same time.
    pub parallel: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 32 << 20,
            head_bytes: 64 << 10,
            total_bytes: 256 << 20,
            request_time: Duration::from_secs(60),
            idle_time: Duration::from_secs(10),
            redirects: 5,
            tries: 4,
            first_wait: Duration::from_millis(500),
            total_wait: Duration::from_secs(30),
            parallel: 8,
        }
    }
}
