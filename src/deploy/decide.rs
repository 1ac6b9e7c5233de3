//! The state of a copy and what a person wants to what is done: the table that keeps their work.

use super::order::Choice;
use super::plan::Action;
use crate::model::deployment::State;

/// What is wanted of one artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Deploy,
    /// An artifact that a person named.
    Update,
    /// One of all that a project has.
    UpdateAll,
}

/// How a copy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stand {
    /// `None`: neither a copy nor a record.
    pub state: Option<State>,
    pub has_record: bool,
    /// Another artifact than the wanted one is known to be there.
    pub is_another: bool,
}

/// What is done, and why where that is not plain. Undeploying has its own rule: files that are
/// unchanged go.
pub(super) fn decide(
    verb: Verb,
    stand: Stand,
    choice: Option<Choice>,
) -> (Action, Option<&'static str>) {
    use {Action as A, Choice as C, State as S};
    let is_deploy = verb == Verb::Deploy;
    if stand.is_another && is_deploy && stand.state != Some(S::Missing) {
        return resolved(choice, Some("another artifact of this name is there"));
    }
    let Some(state) = stand.state else {
        return match is_deploy {
            true => (A::Add, None),
            false => (A::Skip, Some("it is not deployed there")),
        };
    };
    match (state, choice) {
        (S::InSync, _) if stand.has_record => (A::Skip, Some("it is in sync already")),
        (S::InSync, _) => (A::Record, Some("it is there already, without a record")),
        (S::Missing, _) if verb == Verb::UpdateAll => {
            (A::Skip, Some("somebody deleted it: deploy it again, or undeploy it"))
        }
        (S::Missing, _) => (A::Add, Some("somebody deleted it")),
        (S::Outdated, _) => (A::Replace, None),
        (S::Modified, Some(C::Keep | C::Merge)) => {
            (A::Skip, Some("it was edited, and its source is as it was deployed"))
        }
        (S::Modified, None) if !is_deploy => {
            (A::Skip, Some("it was edited, and its source is as it was deployed"))
        }
        (S::Diverged | S::Untracked, None) if verb == Verb::UpdateAll => {
            (A::Skip, Some("it was edited: say what is to become of it"))
        }
        (S::Modified, choice) => resolved(choice, Some("it was edited")),
        (S::Diverged, choice) => resolved(choice, Some("it was edited, and its source moved")),
        (S::Untracked, choice) => {
            resolved(choice, Some("it differs from its source, and nothing says since when"))
        }
        (S::Orphaned, _) => (A::Skip, Some("its source no longer has it")),
        (S::Unknown, _) => (A::Skip, Some("it cannot be told which artifact it is")),
    }
}

fn resolved(choice: Option<Choice>, note: Option<&'static str>) -> (Action, Option<&'static str>) {
    let action = match choice {
        None => Action::Undecided,
        Some(Choice::Keep) => Action::Record,
        Some(Choice::Source) => Action::Replace,
        Some(Choice::Merge) => Action::Merge,
    };
    (action, note)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing that a person changed is replaced unless they say so.
    #[test]
    fn a_copy_that_a_person_changed_is_replaced_by_choice_alone() {
        let states = [None].into_iter().chain(State::ALL.map(Some));
        for state in states {
            for (has_record, is_another) in [(true, false), (false, false), (true, true)] {
                for verb in [Verb::Deploy, Verb::Update, Verb::UpdateAll] {
                    for choice in [None].into_iter().chain(Choice::ALL.map(Some)) {
                        let stand = Stand { state, has_record, is_another };
                        let (action, note) = decide(verb, stand, choice);
                        let is_changed = matches!(
                            state,
                            Some(State::Modified | State::Diverged | State::Untracked)
                        );
                        if action == Action::Replace && (is_changed || is_another) {
                            let is_plain = state == Some(State::Outdated) && verb != Verb::Deploy;
                            assert!(
                                choice == Some(Choice::Source) || is_plain,
                                "{verb:?} {stand:?} {choice:?}"
                            );
                        }
                        let needs_words = matches!(action, Action::Skip | Action::Undecided);
                        assert!(!needs_words || note.is_some(), "{verb:?} {stand:?} {choice:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn each_state_comes_to_what_people_expect() {
        use {Action as A, Choice as C, State as S};
        let of = |verb, state, choice| {
            decide(verb, Stand { state, has_record: true, is_another: false }, choice).0
        };
        for (verb, state, choice, wanted) in [
            (Verb::Deploy, None, None, A::Add),
            (Verb::Update, None, None, A::Skip),
            (Verb::Deploy, Some(S::InSync), None, A::Skip),
            (Verb::Deploy, Some(S::Missing), None, A::Add),
            (Verb::Update, Some(S::Missing), None, A::Add),
            (Verb::UpdateAll, Some(S::Missing), None, A::Skip),
            (Verb::UpdateAll, Some(S::Outdated), None, A::Replace),
            (Verb::Deploy, Some(S::Modified), None, A::Undecided),
            (Verb::Update, Some(S::Modified), None, A::Skip),
            (Verb::Update, Some(S::Modified), Some(C::Source), A::Replace),
            (Verb::Update, Some(S::Diverged), None, A::Undecided),
            (Verb::Update, Some(S::Diverged), Some(C::Keep), A::Record),
            (Verb::Update, Some(S::Diverged), Some(C::Source), A::Replace),
            (Verb::Update, Some(S::Diverged), Some(C::Merge), A::Merge),
            (Verb::UpdateAll, Some(S::Diverged), None, A::Skip),
            (Verb::Deploy, Some(S::Untracked), None, A::Undecided),
            (Verb::Update, Some(S::Orphaned), None, A::Skip),
            (Verb::Update, Some(S::Unknown), None, A::Skip),
        ] {
            assert_eq!(of(verb, state, choice), wanted, "{verb:?} {state:?} {choice:?}");
        }
        let stand = Stand { state: Some(S::InSync), has_record: false, is_another: false };
        assert_eq!(decide(Verb::Deploy, stand, None).0, A::Record);
    }
}
