//! Types that are stored as the text they are written as.

/// Lets serde read a type with its `FromStr` and write it with its `Display`, for
/// `#[serde(try_from = "String", into = "String")]`.
macro_rules! as_text {
    ($name:ident, $error:ty) => {
        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}

pub(super) use as_text;
