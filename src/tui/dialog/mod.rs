//! Dialogs: what is asked before something is done.

/// One open dialog.
#[derive(Clone, Debug, Default)]
pub struct Dialog;
