//! `/v1/users/bulk`

use axum::extract::State;
use serde::Deserialize;
use types::ids::{LocationId, UserId};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::Office;
use crate::http::{Access, Json, Operations, Problem};
use crate::scope::{Right, Scope};
use crate::users::model::{BulkConsequences, BulkDone};
use crate::users::{self, BulkAction};

/// Most users of one request.
const MOST: usize = 1_000;

pub(super) fn operations() -> Operations {
    Operations::new()
        .on(Access::Administrator(Right::UsersWrite), routes!(change))
        .on(Access::Administrator(Right::UsersRead), routes!(consequences))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "ids": ["usr_00000000000000000000000000"], "action": {"type": "unblock"}
}))]
struct BulkChange {
    /// Whom it happens to: 1 to 1,000 users.
    #[schema(value_type = Vec<String>)]
    ids: Vec<UserId>,
    /// What happens.
    action: BulkActionBody,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
#[schema(as = BulkAction)]
enum BulkActionBody {
    /// They are invited, once more where they were before.
    Invite,
    /// They work somewhere else.
    MoveLocation {
        /// Where.
        #[schema(value_type = String)]
        location: LocationId,
    },
    /// They are deleted; each can be restored for 30 days.
    Delete,
    /// They are shut out.
    Block,
    /// They are let in again.
    Unblock,
}

/// Does the same to several users: to all of them or to none.
#[utoipa::path(
    post, path = "/v1/users/bulk", tag = "users", operation_id = "changeUsers",
    request_body = BulkChange,
    responses((status = 200, body = BulkDone))
)]
async fn change(
    State(office): State<Office>,
    scope: Scope,
    Json(body): Json<BulkChange>,
) -> Result<Json<BulkDone>, Problem> {
    let action = match body.action {
        BulkActionBody::Invite => BulkAction::Invite,
        BulkActionBody::MoveLocation { location } => BulkAction::MoveLocation(location),
        BulkActionBody::Delete => BulkAction::Delete,
        BulkActionBody::Block => BulkAction::Block,
        BulkActionBody::Unblock => BulkAction::Unblock,
    };
    let done = users::bulk(&office, &scope, &each_once(body.ids)?, action).await;
    done.map(Json).map_err(|error| match error {
        users::Error::NoSuchLocation => {
            Problem::field("/action/location", "location.unknown", "There is no such location.")
        }
        error => error.into(),
    })
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"ids": ["usr_00000000000000000000000000"]}))]
struct BulkUsers {
    /// 1 to 1,000 users.
    #[schema(value_type = Vec<String>)]
    ids: Vec<UserId>,
}

/// What deleting several users would do.
#[utoipa::path(
    post, path = "/v1/users/bulk/consequences", tag = "users", operation_id = "findUsersConsequences",
    request_body = BulkUsers,
    responses((status = 200, body = BulkConsequences))
)]
async fn consequences(
    State(office): State<Office>,
    scope: Scope,
    Json(body): Json<BulkUsers>,
) -> Result<Json<BulkConsequences>, Problem> {
    Ok(Json(users::bulk_consequences(&office, &scope, &each_once(body.ids)?).await?))
}

fn each_once(ids: Vec<UserId>) -> Result<Vec<UserId>, Problem> {
    if ids.is_empty() || ids.len() > MOST {
        return Err(Problem::field("/ids", "ids.count", format!("Between 1 and {MOST} users.")));
    }
    let mut seen = std::collections::BTreeSet::new();
    Ok(ids.into_iter().filter(|id| seen.insert(*id)).collect())
}
