//! Where in a text something stands.

use super::finding::Finding;

pub(super) fn at_span(text: &str, span: Option<std::ops::Range<usize>>, mut finding: Finding) -> Finding {
    let before = span.and_then(|span| text.get(..span.start));
    if let Some(before) = before {
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        finding.line = Some(before.matches('\n').count() + 1);
        finding.column = Some(before.get(line_start..).unwrap_or_default().chars().count() + 1);
    }
    finding
}
