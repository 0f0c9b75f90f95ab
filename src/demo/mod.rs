//! Placeholder: the room's first commit replaces this line.
