package import Model

/// What the host does of itself once its time has come.
package enum DueWork: Sendable, CaseIterable {
    /// `dueLines`.
    case refresh
    /// `connectionsAwaitingRevocation`.
    case revocation
    /// `connectionsWithDueSteps`.
    case step
    /// `flowsToPoll`.
    case poll
}

/// A line to look at now, and whose it is.
package struct DueLine: Sendable, Hashable {
    package let id: LineID
    package let organization: OrganizationID

    package init(id: LineID, organization: OrganizationID) {
        self.id = id
        self.organization = organization
    }
}

/// What was found by looking at organizations one after the other.
package struct DueOrganizations: Sendable, Hashable {
    /// Those for which something is due.
    package var due: [OrganizationID]
    /// The last that was looked at; nil: there is none behind it.
    package var last: OrganizationID?

    package init(due: [OrganizationID], last: OrganizationID?) {
        self.due = due
        self.last = last
    }
}
