/*
 * The textbook three-phase commit (Skeen 1981) with timeouts, kept as a counterexample: under a partition its two halves decide
 * differently. Nothing of Onceflow works this way; docs/models.md tells why.
 *
 * A coordinator and PARTICIPANTS participants that all vote yes. Messages: canCommit is over when the model starts;
 * then PRE, its acknowledgements, DO. A participant that waits too long decides alone: ABORT when it has voted, COMMIT when it is
 * pre-committed. With TERMINATION a group that cannot reach the coordinator elects a backup, which applies Skeen's rule: somebody
 * has decided: the same; somebody is pre-committed: commit; else abort.
 *
 * -DNO_PARTITION: messages may be late by less than a timeout, and processes crash, but nobody is cut off: this verifies.
 * Without it the assertion fails. -DREACH=n as in the other models.
 */
#ifndef PARTICIPANTS
#define PARTICIPANTS 3
#endif
#ifndef REACH
#define REACH 0
#endif
#define REACHED(n) assert(REACH != n)

mtype = { VOTED, PRECOMMITTED, COMMITTED, ABORTED };

mtype state[PARTICIPANTS] = VOTED;
bool crashed[PARTICIPANTS];
bool away[PARTICIPANTS];        /* on the other side of the network from the coordinator */
bool partitioned;
bool coordinatorCrashed;
byte told;                      /* participants that the coordinator has sent PRE to */
byte done;                      /* and DO */
bool stopped;                   /* the coordinator has ended or crashed: no message of its is under way any more */

inline agreement() {
  byte x;
  bool committed, aborted;
  committed = false; aborted = false;
  x = 0;
  do
  :: x < PARTICIPANTS ->
    committed = committed || state[x] == COMMITTED;
    aborted = aborted || state[x] == ABORTED;
    x++
  :: else -> break
  od;
  x = 0;
  assert(!(committed && aborted));
  committed = false; aborted = false
}

/* Phase 2 and 3. A participant that does not answer is taken for dead: the coordinator goes on without it. */
active proctype Coordinator() {
  do
  :: d_step { told < PARTICIPANTS && !coordinatorCrashed ->
      if
      :: !away[told] && !crashed[told] && state[told] == VOTED ->
        state[told] = PRECOMMITTED;
        printf("coordinator: participant %d is pre-committed\n", told)
      :: else -> printf("coordinator: participant %d does not answer\n", told)
      fi;
      told++
    }
  :: d_step { told == PARTICIPANTS && done < PARTICIPANTS && !coordinatorCrashed ->
      if
      :: !away[done] && !crashed[done] && state[done] == PRECOMMITTED ->
        state[done] = COMMITTED;
        printf("coordinator: participant %d commits\n", done);
        agreement()
      :: else
      fi;
      done++
    }
  :: coordinatorCrashed || done == PARTICIPANTS -> break
  :: d_step { !coordinatorCrashed && done == 0 -> coordinatorCrashed = true; printf("the coordinator crashes\n"); REACHED(1) }
  od;
  stopped = true
}

#ifndef NO_PARTITION
active proctype Network() {
  byte p;
end:
  if
  :: atomic { !stopped ->
      partitioned = true;
      p = 0;
      do
      :: p < PARTICIPANTS ->
        if
        :: away[p] = true; printf("the network splits: participant %d is cut off from the coordinator\n", p)
        :: skip
        fi;
        p++
      :: else -> break
      od;
      p = 0
    }
  fi
}
#endif

#ifdef NO_PARTITION
/* At most one participant crashes, for good; with a partition no crash is needed. */
active proctype Crash() {
end:
  if
  :: d_step { crashed[0] = true; printf("participant 0 crashes\n") }
  :: d_step { crashed[PARTICIPANTS - 1] = true; printf("participant %d crashes\n", PARTICIPANTS - 1) }
  fi
}
#endif

#define UNDECIDED(p) (state[p] == VOTED || state[p] == PRECOMMITTED)
/* Whom p hears of when it has waited too long. A timeout is right about a crash, and wrong about a partition. */
#define SILENT(p) (stopped || away[p])
#define SAME_SIDE(p, q) (away[p] == away[q] && !crashed[q])

/* The group's backup: its lowest living member. Skeen's rule over everybody it can reach. */
active [PARTICIPANTS] proctype Backup() {
  byte me, q;
  bool anyCommitted, anyAborted, anyPre, lower;
  me = _pid % PARTICIPANTS;
end:
  do
  :: d_step { SILENT(me) && UNDECIDED(me) && !crashed[me] ->
      q = 0;
      do
      :: q < PARTICIPANTS ->
        if
        :: SAME_SIDE(me, q) ->
          anyCommitted = anyCommitted || state[q] == COMMITTED;
          anyAborted = anyAborted || state[q] == ABORTED;
          anyPre = anyPre || state[q] == PRECOMMITTED;
          lower = lower || q < me
        :: else
        fi;
        q++
      :: else -> break
      od;
      q = 0;
      do
      :: q < PARTICIPANTS && !lower ->
        if
        :: SAME_SIDE(me, q) && UNDECIDED(q) && (anyCommitted || (anyPre && !anyAborted)) -> state[q] = COMMITTED;
          printf("backup %d: participant %d commits\n", me, q)
        :: SAME_SIDE(me, q) && UNDECIDED(q) && !(anyCommitted || (anyPre && !anyAborted)) -> state[q] = ABORTED;
          printf("backup %d: participant %d aborts\n", me, q)
        :: else
        fi;
        q++
      :: else -> break
      od;
      q = 0;
      anyCommitted = false; anyAborted = false; anyPre = false; lower = false;
      agreement()
    }
  :: crashed[me] || !UNDECIDED(me) -> break
  od
}

init {
  timeout;
  REACHED(2)
}
