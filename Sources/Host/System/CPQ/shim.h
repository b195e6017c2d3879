// libpq for Swift.
#ifndef TOKEN_MANAGER_CPQ_H
#define TOKEN_MANAGER_CPQ_H

// Debian keeps it in a folder of its own.
#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#include <libpq-fe.h>
#endif

// Letters of PG_DIAG_*, which C has as character constants.
static const int tm_pq_severity = PG_DIAG_SEVERITY_NONLOCALIZED;
static const int tm_pq_state = PG_DIAG_SQLSTATE;
static const int tm_pq_message = PG_DIAG_MESSAGE_PRIMARY;
static const int tm_pq_constraint = PG_DIAG_CONSTRAINT_NAME;

/// Notes in `*flag` that the server warned (class 01): at a commit it says so where no standby has confirmed it.
static inline void tm_pq_note_warning(void *flag, const PGresult *notice) {
    const char *state = PQresultErrorField(notice, PG_DIAG_SQLSTATE);
    if (state && state[0] == '0' && state[1] == '1') *(int *)flag = 1;
}

#endif
