//! Many rows with few statements.

use sea_orm::Value;

use super::{DbError, Tx};

/// Rows of one statement at most. With the widest table they stay far below the engines' limits on arguments
/// (SQLite 32,766, PostgreSQL 65,535).
const LARGEST: usize = 256;

impl Tx {
    /// Runs `before`, one `row` for each of `rows`, comma between them, and `after`, as few times as possible.
    ///
    /// Statements come in sizes of powers of two only, so that each of them is prepared once and reused: nine
    /// texts for any number of rows.
    pub(crate) async fn rows<const N: usize>(
        &self,
        before: &str,
        row: &str,
        after: &str,
        rows: impl ExactSizeIterator<Item = [Value; N]>,
    ) -> Result<(), DbError> {
        let mut left = rows.len();
        let mut rows = rows;
        while left > 0 {
            let size = LARGEST.min(1 << left.ilog2());
            let mut sql = String::with_capacity(before.len() + size * (row.len() + 1) + after.len());
            sql.push_str(before);
            let mut values = Vec::with_capacity(size * N);
            for value in rows.by_ref().take(size) {
                if !values.is_empty() {
                    sql.push(',');
                }
                sql.push_str(row);
                values.extend(value);
            }
            sql.push_str(after);
            self.run(&sql, values).await?;
            left -= size;
        }
        Ok(())
    }
}
