//! A long list in pages: which part is shown, and where the others are.

use std::ops::Range;

use serde::Serialize;

/// How many machines one page shows. Making it costs no more, however many the message is about.
const SHOWN: usize = 100;

/// One page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pages {
    all: usize,
    /// Counted from one; never behind the last.
    page: usize,
}

/// Where the other pages are.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct PagesView {
    text: String,
    before: Option<String>,
    after: Option<String>,
}

impl Pages {
    /// The page that is asked for, or the nearest that there is.
    pub(super) fn of(all: usize, page: usize) -> Self {
        Self { all, page: page.clamp(1, all.div_ceil(SHOWN).max(1)) }
    }

    /// What is on it.
    pub(super) fn shown(self) -> Range<usize> {
        let first = (self.page - 1) * SHOWN;
        first..(first + SHOWN).min(self.all)
    }

    /// The token with this page, for the addresses of its forms.
    pub(super) fn token(self, token: &str) -> String {
        if self.page == 1 { token.to_owned() } else { format!("{token}&page={}", self.page) }
    }

    /// What stands below the list, if there is more than one page.
    pub(super) fn view(self, token: &str) -> Option<PagesView> {
        let Range { start, end } = self.shown();
        let beside = |page: usize| Self { page, ..self }.token(token);
        (self.all > SHOWN).then(|| PagesView {
            text: format!("Machines {} to {end} of {}.", start + 1, self.all),
            before: (start > 0).then(|| beside(self.page - 1)),
            after: (end < self.all).then(|| beside(self.page + 1)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_machine_is_on_one_page_and_every_page_leads_to_the_next() {
        for all in [0, 1, 99, 100, 101, 3000, 3001] {
            let (mut seen, mut page) = (Vec::new(), 1);
            loop {
                let pages = Pages::of(all, page);
                seen.extend(pages.shown());
                let Some(after) = pages.view("T").and_then(|view| view.after) else { break };
                page += 1;
                assert_eq!(after, format!("T&page={page}"));
            }
            assert_eq!(seen, (0..all).collect::<Vec<_>>());
        }
        assert_eq!(Pages::of(250, 0), Pages::of(250, 1));
        assert_eq!(Pages::of(250, usize::MAX), Pages::of(250, 3));
        let last = Pages::of(250, 3).view("T").unwrap();
        assert_eq!(
            (last.text.as_str(), last.before.as_deref(), last.after),
            ("Machines 201 to 250 of 250.", Some("T&page=2"), None)
        );
        assert_eq!(Pages::of(250, 2).view("T").unwrap().before.as_deref(), Some("T"));
        assert_eq!(Pages::of(100, 1).view("T"), None);
    }
}
