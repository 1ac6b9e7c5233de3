//! What was deployed to projects of this machine: receipts with the bytes before and after.

pub type ReceiptId = i64;

/// One deployment that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub id: ReceiptId,
    /// When, as RFC 3339 has it.
    pub at: String,
    /// What was done, in words.
    pub message: String,
    /// It was taken back, by the receipt of this number.
    pub undone_by: Option<ReceiptId>,
    /// The receipt that this one took back.
    pub undoes: Option<ReceiptId>,
    /// Paths below the project, with the hash of what was there and of what is; sorted.
    pub files: Vec<ReceiptFile>,
}

/// One file of a receipt; `None` where there is no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptFile {
    pub path: String,
    pub before: Option<String>,
    pub after: Option<String>,
}
