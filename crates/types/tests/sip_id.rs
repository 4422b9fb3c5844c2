//! SIP ids survive every form they are kept in.
#![allow(clippy::unwrap_used, missing_docs)]

use proptest::prelude::*;
use types::sip_id::{MAX_INDEX, MAX_MASTER, MIN_MASTER, SipId, SipIdKind};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_id_reads_back_from_text_json_and_key(
        master in MIN_MASTER..=MAX_MASTER,
        trunk in any::<bool>(),
        index in prop_oneof![0..=20u32, 0..=MAX_INDEX],
    ) {
        let kind = if trunk { SipIdKind::Trunk } else { SipIdKind::Voip };
        let id = SipId::new(master, kind, index).unwrap();
        prop_assert_eq!((id.master(), id.kind(), id.index()), (master, kind, index));
        prop_assert_eq!(id.to_string(), format!("{master}{}{index}", if trunk { "t" } else { "e" }));
        prop_assert_eq!(id.to_string().parse::<SipId>(), Ok(id));
        prop_assert_eq!(SipId::from_i64(id.as_i64()), Some(id));
        prop_assert!(id.as_i64() > 0);
        prop_assert_eq!(serde_json::from_str::<SipId>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
    }

    #[test]
    fn a_key_is_an_id_or_nothing(key in any::<i64>()) {
        prop_assert!(SipId::from_i64(key).is_none_or(|id| id.as_i64() == key));
    }

    #[test]
    fn a_text_is_an_id_or_nothing(text in "[0-9]{6,8}[a-zA-Z]?[0-9]{0,11}") {
        if let Ok(id) = text.parse::<SipId>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn out_of_range_parts_make_no_id(master in any::<u32>(), index in any::<u32>()) {
        let fits = (MIN_MASTER..=MAX_MASTER).contains(&master) && index <= MAX_INDEX;
        prop_assert_eq!(SipId::new(master, SipIdKind::Voip, index).is_some(), fits);
    }
}
