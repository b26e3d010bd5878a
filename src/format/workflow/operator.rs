/// How a condition looks at its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operator {
    /// The field has this value.
    Equals,
    /// The field does not have this value, or is missing.
    NotEquals,
    /// The field has one of these values.
    In,
    /// The field has none of these values, or is missing.
    NotIn,
    /// The field is there and is not `null`.
    Exists,
    /// The field is missing or `null`.
    NotExists,
    /// The event changed the field.
    Changed,
    /// The event changed the field, which had this value, or one of these.
    ChangedFrom,
    /// The event changed the field, which now has this value, or one of these.
    ChangedTo,
    /// The field is greater.
    Gt,
    /// The field is greater or the same.
    Gte,
    /// The field is less.
    Lt,
    /// The field is less or the same.
    Lte,
    /// The list has this item, the text has this part, or the mapping has this key.
    Contains,
    /// The opposite of [`Operator::Contains`]; true where the field is missing.
    NotContains,
    /// The text begins so.
    StartsWith,
    /// The text ends so.
    EndsWith,
    /// The text has a part that this regular expression fits.
    Matches,
    /// The date is longer ago than this, seen from the event.
    OlderThan,
}

/// What kind of value an operator compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arity {
    /// None at all.
    Nothing,
    /// A text, a number, `true` or `false`.
    Scalar,
    /// A scalar or a list of scalars.
    ScalarOrList,
    /// A list of scalars.
    List,
    /// Anything but `null`.
    Anything,
}

impl Operator {
    /// All operators, in the order of the documentation.
    pub const ALL: [Self; 19] = [
        Self::Equals,
        Self::NotEquals,
        Self::In,
        Self::NotIn,
        Self::Exists,
        Self::NotExists,
        Self::Changed,
        Self::ChangedFrom,
        Self::ChangedTo,
        Self::Gt,
        Self::Gte,
        Self::Lt,
        Self::Lte,
        Self::Contains,
        Self::NotContains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Matches,
        Self::OlderThan,
    ];

    /// The operator's name in `workflow.yaml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Equals => "equals",
            Self::NotEquals => "not_equals",
            Self::In => "in",
            Self::NotIn => "not_in",
            Self::Exists => "exists",
            Self::NotExists => "not_exists",
            Self::Changed => "changed",
            Self::ChangedFrom => "changed_from",
            Self::ChangedTo => "changed_to",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Contains => "contains",
            Self::NotContains => "not_contains",
            Self::StartsWith => "starts_with",
            Self::EndsWith => "ends_with",
            Self::Matches => "matches",
            Self::OlderThan => "older_than",
        }
    }

    /// The operator of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.name() == name)
    }

    /// The operator this one is the opposite of. Such an operator is true on a missing field, every
    /// other one is false there.
    #[must_use]
    pub fn negates(self) -> Option<Self> {
        match self {
            Self::NotEquals => Some(Self::Equals),
            Self::NotIn => Some(Self::In),
            Self::NotExists => Some(Self::Exists),
            Self::NotContains => Some(Self::Contains),
            _ => None,
        }
    }

    /// Whether it compares the whole value with one or several others.
    #[must_use]
    pub fn compares_whole(self) -> bool {
        matches!(self, Self::Equals | Self::NotEquals | Self::In | Self::NotIn | Self::ChangedFrom | Self::ChangedTo)
    }

    /// Whether it asks what the event did to the field.
    #[must_use]
    pub fn is_about_change(self) -> bool {
        matches!(self, Self::Changed | Self::ChangedFrom | Self::ChangedTo)
    }

    pub(crate) fn arity(self) -> Arity {
        match self {
            Self::Exists | Self::NotExists | Self::Changed => Arity::Nothing,
            Self::Equals | Self::NotEquals => Arity::Anything,
            Self::In | Self::NotIn => Arity::List,
            Self::ChangedFrom | Self::ChangedTo => Arity::ScalarOrList,
            _ => Arity::Scalar,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for operator in Operator::ALL {
            assert_eq!(Operator::named(operator.name()), Some(operator));
        }
        assert_eq!(Operator::named("Equals"), None);
    }
}
