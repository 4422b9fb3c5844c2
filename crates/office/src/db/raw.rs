//! Statements that the query builder would make slow: whole tables at start, rows in bulk.
//!
//! The text uses `?` for arguments and double quotes for names that are keywords (`"group"`, `"user"`);
//! here it becomes what the engine wants.

use std::borrow::Cow;

use futures_util::TryStreamExt;
use rusqlite::types::{FromSql, FromSqlResult, ValueRef};
use sea_orm::sqlx::postgres::PgRow;
use sea_orm::sqlx::{self, Row as _};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value};

use super::{Db, DbError, Tx};

/// One row of an answer; columns by position.
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r PgRow),
}

macro_rules! column {
    ($self:ident, $index:ident, $type:ty, $sqlite:expr) => {
        match $self {
            Row::Sqlite(row) => {
                let read: fn(ValueRef<'_>) -> FromSqlResult<$type> = $sqlite;
                read(row.get_ref($index)?).map_err(|_| DbError::Damaged("a column of another type"))
            }
            Row::Postgres(row) => row.try_get::<$type, _>($index).map_err(DbError::from),
        }
    };
}

impl Row<'_> {
    pub(crate) fn text(&self, index: usize) -> Result<&str, DbError> {
        column!(self, index, &str, |value| value.as_str())
    }

    pub(crate) fn text_or_null(&self, index: usize) -> Result<Option<&str>, DbError> {
        column!(self, index, Option<&str>, |value| value.as_str_or_null())
    }

    /// A `bigint`.
    pub(crate) fn integer(&self, index: usize) -> Result<i64, DbError> {
        column!(self, index, i64, |value| value.as_i64())
    }

    /// A `bigint`.
    pub(crate) fn integer_or_null(&self, index: usize) -> Result<Option<i64>, DbError> {
        column!(self, index, Option<i64>, |value| value.as_i64_or_null())
    }

    /// An `integer` (32 bits).
    pub(crate) fn small(&self, index: usize) -> Result<i32, DbError> {
        column!(self, index, i32, i32::column_result)
    }

    pub(crate) fn boolean(&self, index: usize) -> Result<bool, DbError> {
        column!(self, index, bool, bool::column_result)
    }

    pub(crate) fn bytes(&self, index: usize) -> Result<&[u8], DbError> {
        column!(self, index, &[u8], |value| value.as_blob())
    }

    /// A typed id stored as text.
    pub(crate) fn id<K: types::ids::Kind>(&self, index: usize) -> Result<types::ids::Id<K>, DbError> {
        self.text(index)?.parse().map_err(|_| DbError::Damaged("id"))
    }

    /// A typed id stored as text, or null.
    pub(crate) fn id_or_null<K: types::ids::Kind>(&self, index: usize) -> Result<Option<types::ids::Id<K>>, DbError> {
        self.text_or_null(index)?.map(|text| text.parse().map_err(|_| DbError::Damaged("id"))).transpose()
    }
}

impl Db {
    /// Hands every row of `sql` to `each`, as the rows come. Only for the start: on SQLite it blocks the thread.
    pub(crate) async fn each_row(
        &self,
        sql: &'static str,
        mut each: impl FnMut(Row<'_>) -> Result<(), DbError> + Send,
    ) -> Result<(), DbError> {
        if let Some(straight) = &self.0.straight {
            return straight.each_row(sql, |row| each(Row::Sqlite(row)));
        }
        let mut rows = sqlx::query(sql).fetch(self.reads().get_postgres_connection_pool());
        while let Some(row) = rows.try_next().await? {
            each(Row::Postgres(&row))?;
        }
        Ok(())
    }

    /// The first row of an answer, if there is one.
    pub(crate) async fn row(&self, sql: &str, values: Vec<Value>) -> Result<Option<QueryResult>, DbError> {
        Ok(self.reads().query_one_raw(statement(self.reads(), sql, values)).await?)
    }
}

impl Tx {
    /// Runs a statement; answers how many rows it touched.
    pub(crate) async fn run(&self, sql: &str, values: Vec<Value>) -> Result<u64, DbError> {
        let backend = self.conn().get_database_backend();
        let statement = Statement::from_sql_and_values(backend, placeholders(backend, sql), values);
        Ok(self.conn().execute_raw(statement).await?.rows_affected())
    }
}

/// `?` as the engine writes it. The text holds no `?` inside quotes.
pub(super) fn placeholders(backend: DbBackend, sql: &str) -> Cow<'_, str> {
    if backend != DbBackend::Postgres {
        return Cow::Borrowed(sql);
    }
    let mut numbered = String::with_capacity(sql.len() + 16);
    let mut count = 0usize;
    for character in sql.chars() {
        if character == '?' {
            count += 1;
            numbered.push('$');
            numbered.push_str(&count.to_string());
        } else {
            numbered.push(character);
        }
    }
    Cow::Owned(numbered)
}

/// A statement for reads through the query builder's connections.
pub(crate) fn statement(db: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Statement {
    let backend = db.get_database_backend();
    Statement::from_sql_and_values(backend, placeholders(backend, sql), values)
}
