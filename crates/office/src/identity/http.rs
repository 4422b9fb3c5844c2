use crate::http::Operations;

pub(crate) fn operations() -> Operations {
    Operations::new()
}
