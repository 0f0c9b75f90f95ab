//! Owners, routes, fallback and silences, case by case.
