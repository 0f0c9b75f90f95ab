//! Addresses and filters, in which keys are quoted and encoded.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::store::{PartitionKey, RowKey, RowRange};

/// What has no meaning of its own in any part of an address.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The path of one entity.
pub(super) fn entity(table: &str, partition: &PartitionKey, row: &RowKey) -> String {
    let (partition, row) = (encode(&quote(partition.as_str())), encode(&quote(row.as_str())));
    format!("{table}(PartitionKey={partition},RowKey={row})")
}

/// The path and query of the entities of a range.
pub(super) fn range(table: &str, partition: &PartitionKey, range: &RowRange, limit: usize) -> String {
    format!("{table}()?$filter={}&$top={limit}", encode(&filter(partition, range)))
}

/// The path and query of the first entity in a partition after `after`, or in any: nothing of it but its partition.
pub(super) fn partition_after(table: &str, after: Option<&str>) -> String {
    let filter = after.map(|after| encode(&format!("PartitionKey gt {}", quote(after))));
    let filter = filter.map(|filter| format!("$filter={filter}&")).unwrap_or_default();
    format!("{table}()?{filter}$select=PartitionKey&$top=1")
}

/// What follows the query of a range for the page that a continuation names.
pub(super) fn continuation(next_partition: &str, next_row: Option<&str>) -> String {
    let row = next_row.map(|row| format!("&NextRowKey={}", encode(row))).unwrap_or_default();
    format!("&NextPartitionKey={}{row}", encode(next_partition))
}

fn filter(partition: &PartitionKey, range: &RowRange) -> String {
    let mut filter = format!("PartitionKey eq {}", quote(partition.as_str()));
    if let Some(from) = range.from() {
        filter += &format!(" and RowKey ge {}", quote(from.as_str()));
    }
    if let Some(to) = range.to() {
        filter += &format!(" and RowKey lt {}", quote(to.as_str()));
    }
    filter
}

/// A text as OData writes it. Keys have no quotes, and this holds even if one day they do.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_encodes_keys() {
        let (partition, row) =
            (PartitionKey::of(&["recipient", "a b"]).unwrap(), RowKey::new("d|&=+<>").unwrap());
        let within = RowRange::within(&["d"]).unwrap();
        let next = continuation("1!36!cmVj", Some("1!8!ZHw-"));
        let shown = [
            entity("state", &partition, &row),
            range("state", &partition, &within, 10) + &next,
            range("state", &partition, &RowRange::all(), 1000) + &continuation("p", None),
            partition_after("state", None),
            partition_after("state", Some(partition.as_str())),
            quote("o'neil"),
        ];
        insta::assert_snapshot!(shown.join("\n"), @"
        state(PartitionKey=%27recipient%7Ca~20b%27,RowKey=%27d%7C%26%3D%2B%3C%3E%27)
        state()?$filter=PartitionKey%20eq%20%27recipient%7Ca~20b%27%20and%20RowKey%20ge%20%27d%7C%27%20and%20RowKey%20lt%20%27d%7D%27&$top=10&NextPartitionKey=1%2136%21cmVj&NextRowKey=1%218%21ZHw-
        state()?$filter=PartitionKey%20eq%20%27recipient%7Ca~20b%27&$top=1000&NextPartitionKey=p
        state()?$select=PartitionKey&$top=1
        state()?$filter=PartitionKey%20gt%20%27recipient%7Ca~20b%27&$select=PartitionKey&$top=1
        'o''neil'
        ");
    }
}
