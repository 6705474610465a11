//! One line of the journal, and its place in the chain.
