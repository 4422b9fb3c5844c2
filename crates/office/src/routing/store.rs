//! The table `ring_steps`.

use callflow::RingPlan;
use sea_orm::Value;
use types::ids::UserId;

use crate::db::{DbError, Tx};
use crate::scope::Scope;

pub(super) async fn replace(tx: &Tx, scope: &Scope, user: UserId, plan: &RingPlan) -> Result<(), DbError> {
    let key = vec![scope.account().to_string().into(), user.to_string().into()];
    tx.run("DELETE FROM ring_steps WHERE account = ? AND \"user\" = ?", key).await?;
    let rows = plan.steps().iter().enumerate().map(|(position, step)| {
        [
            scope.account().to_string().into(),
            user.to_string().into(),
            Value::from(i32::try_from(position).unwrap_or(i32::MAX)),
            Value::from(i32::from(step.seconds)),
            serde_json::to_string(&step.devices).unwrap_or_default().into(),
        ]
    });
    let insert = "INSERT INTO ring_steps (account, \"user\", position, seconds, devices) VALUES ";
    tx.rows(insert, "(?, ?, ?, ?, ?)", "", rows).await
}
