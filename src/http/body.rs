//! Reads bodies of bounded length.

use bytes::{Bytes, BytesMut};

use super::causes::describe;

/// The largest answer that is read from Azure.
pub const AZURE_BODY_LIMIT: usize = 16 * 1024 * 1024;

/// Why a body was not read to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The bound, in bytes after decompression.
        limit: usize,
    },
    #[error("the answer broke off: {0}")]
    Broken(String),
}

/// Reads a body of at most `limit` bytes. The bound counts what comes out of decompression.
///
/// # Errors
/// When there is more, or when the connection breaks.
pub async fn read_bounded(mut response: reqwest::Response, limit: usize) -> Result<Bytes, BodyError> {
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(BodyError::TooLarge { limit });
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| BodyError::Broken(describe(error)))? {
        if body.len() + chunk.len() > limit {
            return Err(BodyError::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The first `limit` bytes of a body as text. What cannot be read is left out: the status says what matters.
pub async fn read_beginning(mut response: reqwest::Response, limit: usize) -> String {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = limit - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == limit {
            break;
        }
    }
    String::from_utf8_lossy(&body).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::testing::Fake;

    #[tokio::test]
    async fn a_body_is_read_up_to_the_bound_and_not_beyond() {
        let fake = Fake::start(|_| (200, "x".repeat(1000)).into()).await;
        let get = async |limit| {
            let response = reqwest::Client::get(&fake.http(), fake.url("/")).send().await.unwrap();
            read_bounded(response, limit).await
        };
        assert_eq!(get(1000).await.unwrap().len(), 1000);
        assert_eq!(get(999).await, Err(BodyError::TooLarge { limit: 999 }));
    }
}
