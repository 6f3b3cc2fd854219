/*
 * 2PC-PREPARED: two writers, their prepared transactions, the store, and every attempt to run the job.
 *
 * Slot s stands for an epoch and for the checkpoint that contains it, as in staged.pml; (s, w) is the transaction that writer w
 * prepared for it. The first epoch of an attempt has none: its rows are in the checkpoint, its committer applies them with the
 * markers in one transaction, and it carries the list of what was prepared for the sink when the attempt started. With SINKS=1 both
 * writers belong to one sink; with SINKS=2 each has a sink, a gatherer, a committer and a record of its own, in two stores, and the
 * same checkpoints.
 *
 * Every action is one atomic step: one transaction of a store, one entry of the checkpoint store, or local to a task. An attempt
 * that got a successor may be dead, or it goes on with what it knows (a zombie).
 *
 * Rules that -D takes away: NO_FENCE NO_SEEN_RUNS NO_CHAIN NO_DECIDE_BEFORE_COMMIT NO_LOST NO_MARKER NO_SWEEP EARLY_ROLLBACK
 * ROLLBACK_BEFORE_DECIDE NO_RESTORE_CHECK NO_FRESH_CHECK NO_COMMITTER_STATE NO_RESTORED_FIRST FIRST_EPOCH_PREPARED (with KEYS).
 * Options: -DADMIN (somebody rolls one writer's transactions back), -DKEYS (an input has a unique key: who writes it waits for a
 * transaction in doubt that has written it), -DNO_ZOMBIES, -DNO_SAVEPOINT, -DALL_ERR,
 * -DSAME_SPEED (no attempt reads faster than another). Known limit: -DNO_LATE_ORPHANS.
 * Reachability: -DREACH=n. three-phase.pml includes this file and puts the decision register in (REGISTER).
 */
#ifndef INPUTS
#define INPUTS 2
#endif
#ifndef ATTEMPTS
#define ATTEMPTS 3
#endif
#ifndef SINKS
#define SINKS 1
#endif
#ifndef FAILURES
#define FAILURES 1
#endif
#ifdef NO_SAVEPOINT
#define SAVEPOINT_ALLOWED false
#else
#define SAVEPOINT_ALLOWED !savepointUsed
#endif
#ifdef ALL_ERR
#define ERRING ATTEMPTS             /* nobody puts it right at the end: only what must never happen is checked */
#else
#define ERRING (ATTEMPTS - 1)
#endif
#define SLOTS (ATTEMPTS * INPUTS)
#define NONE 31
#define BIT(s) (1 << (s))
#define HAS(set, s) (((set) >> (s)) & 1)
#define FIRST(e) ((e) % INPUTS == 0)
#ifdef FIRST_EPOCH_PREPARED
#define STAGED(e) (FIRST(e) && from[e] == to[e])
#else
#define STAGED(e) FIRST(e)
#endif
#define RANGE(e) (BIT(to[e]) - BIT(from[e]))
#define OLDER_THAN_ATTEMPT(set, a) ((set) & (BIT((a) * INPUTS) - 1))
#define AT(a, k) ((a) * SINKS + (k))
#if SINKS == 1
#define SINK_OF(w) 0
#define FIRST_WRITER(k) 0
#define LAST_WRITER(k) 1
#else
#define SINK_OF(w) (w)
#define FIRST_WRITER(k) (k)
#define LAST_WRITER(k) (k)
#endif

#ifndef REACH
#define REACH 0
#endif
#define REACHED(n) assert(REACH != n)

/* What an attempt wrote at a barrier, by slot. */
byte ck[SLOTS];
byte prev[SLOTS];
byte lin[SLOTS * SINKS];        /* run that began the lineage, plus 1 */
byte from[SLOTS];
byte to[SLOTS];
short waiting[SLOTS * SINKS];   /* the committer's state in that checkpoint */
short past[SLOTS];              /* ghost: the slot and all of its history */
short taken;
short registered;

/* Attempts; by attempt and sink where a sink has its own gatherer and committer. */
byte runOf[ATTEMPTS];
byte start[ATTEMPTS];
bool begun[ATTEMPTS];
bool over[ATTEMPTS];
byte count[ATTEMPTS];           /* epochs emitted */
byte position[ATTEMPTS];
byte previous[ATTEMPTS];
byte lineage[ATTEMPTS * SINKS];
byte ready[ATTEMPTS];           /* writers that have prepared the next epoch */
bool inFlight[ATTEMPTS];
bool stopping[ATTEMPTS];
bool gathererOpen[ATTEMPTS * SINKS];
bool hasListed[ATTEMPTS * SINKS];
short list[ATTEMPTS * 2];       /* by attempt and writer: prepared when the attempt started; its first epoch carries it */
bool committerOpen[ATTEMPTS * SINKS];
short pending[ATTEMPTS * SINKS];
short due[ATTEMPTS * SINKS];
byte stage[ATTEMPTS * SINKS];   /* of the oldest due epoch: 0 to be decided, 1 to be committed, .. */

byte runs = 1;
byte current[ATTEMPTS];
byte nextId[ATTEMPTS];
byte origin[ATTEMPTS];
short ended;
bool savepointUsed;
byte failures;

/* The stores, one record for each sink. */
byte sinkLineage[SINKS];
byte sinkOwner[SINKS];
byte sinkLast[SINKS];
short seen[SINKS];
short decided[SINKS];
short prepared[2];              /* by writer: its transactions that are prepared now */
short markers[2];               /* and those whose marker is visible */

/* Ghosts. */
byte applied[2];                /* inputs, by writer */
byte newest[SINKS] = NONE;      /* decided last */
short replaced[SINKS];
short late[2];                  /* prepared by an older attempt after the last one had listed */
bool adminActed;
#ifdef KEYS
byte keys[2];                   /* by writer: inputs that a transaction in doubt has written */
#endif
bool lost;

#define LEGAL(a, k) (newest[k] == NONE || (start[a] != NONE && HAS(past[start[a]], newest[k])))

#define LISTED(e, w) (FIRST(e) -> list[(e) / INPUTS * 2 + (w)] : 0)

#ifdef REGISTER
#include "register.pml"
#else
#define REGISTER_OPEN(a, k) skip
#define REGISTER_ACCEPTS(a, k) true
#define REGISTER_VOTE(e) skip
#define MAY_VOTE(a) true
#define AGREED_COMMIT(w, e) true
#define AGREED_ABORT(w, set) true
#define TO_ROLL_BACK(a, w) list[(a) * 2 + (w)]
#define RESOLVERS_LET_START true
#define NEW_GATHERER(a, k) skip
#endif

/* LineageRules.decide, without on-rewind: accept-duplicates. Legal means: the start has all that was decided in its history. */
inline claim(a, k, accepted) {
  requested = (start[a] == NONE -> 0 : lin[AT(start[a], k)]);
  restored = (start[a] == NONE -> 0 : ck[start[a]]);
  accepted = REGISTER_ACCEPTS(a, k);
  if
  :: !accepted
#ifndef NO_SEEN_RUNS
  :: accepted && sinkLineage[k] != 0 && sinkOwner[k] != runOf[a] && HAS(seen[k], runOf[a]) -> accepted = false
#endif
  :: else ->
    if
    :: sinkLineage[k] == 0 && requested == 0 -> sinkLineage[k] = 1 + runOf[a]; sinkOwner[k] = runOf[a]
    :: sinkLineage[k] == 0 && requested != 0 -> accepted = false
    :: sinkLineage[k] != 0 && sinkLineage[k] == requested ->
      if
#ifndef NO_RESTORE_CHECK
      :: restored < sinkLast[k] -> accepted = false
#endif
      :: else
      fi
    :: sinkLineage[k] != 0 && sinkLineage[k] != requested ->
      if
      :: requested == 0 && sinkLast[k] == 0       /* the name stays: nothing of this history is committed */
#ifdef NO_FRESH_CHECK
      :: requested == 0 && sinkLast[k] != 0 -> sinkLineage[k] = 1 + runOf[a]; sinkLast[k] = 0
#endif
      :: else -> accepted = false
      fi
    fi
  fi;
  if
  :: accepted ->
    printf("attempt %d (run %d): claims sink %d, store is at checkpoint %d\n", a, runOf[a], k, sinkLast[k]);
    assert(LEGAL(a, k) || (start[a] != NONE && ck[start[a]] >= sinkLast[k] && !HAS(decided[k], start[a])));
    assert(!HAS(replaced[k], runOf[a]));
    lineage[AT(a, k)] = sinkLineage[k];
    REGISTER_OPEN(a, k);
    if
    :: HAS(seen[k], sinkOwner[k]) && sinkOwner[k] != runOf[a] -> replaced[k] = replaced[k] | BIT(sinkOwner[k])
    :: else
    fi;
    sinkOwner[k] = runOf[a];
    seen[k] = seen[k] | BIT(runOf[a])
  :: else ->
    printf("attempt %d (run %d): is refused sink %d, store is at checkpoint %d\n", a, runOf[a], k, sinkLast[k]);
    REACHED(1);
    assert(!LEGAL(a, k) || HAS(replaced[k], runOf[a]) || requested != sinkLineage[k] || !REGISTER_ACCEPTS(a, k));
    stop(a)
  fi;
  requested = 0; restored = 0
}

/* For good: no restart strategy brings the run back. */
inline stop(a) {
  over[a] = true;
  ended = ended | BIT(runOf[a])
}

/* What of a set of transactions is still prepared is taken off the list of prepared ones, and its keys are free. */
inline free(w, set) {
#ifdef KEYS
  f = 0;
  do
  :: f < SLOTS && HAS((set) & prepared[w], f) -> keys[w] = keys[w] & ~RANGE(f); f++
  :: f < SLOTS && !HAS((set) & prepared[w], f) -> f++
  :: else -> break
  od;
  f = 0;
#endif
  prepared[w] = prepared[w] & ~(set)
}

inline rollBack(a, w, set) {
  if
  :: (set) & prepared[w] ->
    printf("attempt %d (run %d): rolls back epochs %x (bits) of writer %d\n", a, runOf[a], (set) & prepared[w], w);
    REACHED(2);
    assert(AGREED_ABORT(w, (set) & prepared[w]));
    assert(((set) & prepared[w] & decided[SINK_OF(w)]) == 0);     /* never what is decided and not committed yet */
    free(w, set)
  :: else
  fi
}

/* EpochAssembly.claim: claims. */
inline open(a, k, ok) {
  claim(a, k, ok);
  if
  :: ok -> NEW_GATHERER(a, k)
  :: else
  fi;
  gathererOpen[AT(a, k)] = true;
  previous[a] = (start[a] == NONE -> 0 : ck[start[a]]);
  ok = false
}

/* And lists, later. */
inline look(a, k) {
#ifndef NO_SWEEP
  list[(a) * 2 + FIRST_WRITER(k)] = prepared[FIRST_WRITER(k)];
  list[(a) * 2 + LAST_WRITER(k)] = prepared[LAST_WRITER(k)];
#endif
#ifdef EARLY_ROLLBACK
  /* All but what its checkpoint contains. */
  rollBack(a, FIRST_WRITER(k), list[(a) * 2 + FIRST_WRITER(k)] & ~(start[a] == NONE -> 0 : waiting[AT(start[a], k)]));
  rollBack(a, LAST_WRITER(k), list[(a) * 2 + LAST_WRITER(k)] & ~(start[a] == NONE -> 0 : waiting[AT(start[a], k)]));
  list[(a) * 2 + FIRST_WRITER(k)] = 0;
  list[(a) * 2 + LAST_WRITER(k)] = 0;
#endif
  hasListed[AT(a, k)] = true
}

/* LineageRules.refuseCommit. */
#ifdef NO_FENCE
#define NOT_OWNER(k) false
#else
#define NOT_OWNER(k) (sinkOwner[k] != runOf[a])
#endif
#ifdef NO_CHAIN
#define OUT_OF_CHAIN(e, k) false
#else
#define OUT_OF_CHAIN(e, k) (lin[AT(e, k)] != sinkLineage[k] || prev[e] != sinkLast[k])
#endif
#ifdef NO_MARKER
#define THERE(w, e) HAS(prepared[w], e)
#else
#define THERE(w, e) HAS(prepared[w] | markers[w], e)
#endif
inline refuse(e, k) {
  printf("attempt %d (run %d): may not commit epoch %d (checkpoint %d after %d), sink %d is at %d\n", a, runOf[a], e, ck[e], prev[e], k, sinkLast[k]);
  /* Never refused without need: another run took over, or the store left this history. */
  assert(HAS(replaced[k], runOf[a]) || (newest[k] != NONE && !HAS(past[e], newest[k])) || adminActed);
  if
  :: HAS(replaced[k], runOf[a]) -> REACHED(3)
  :: else -> REACHED(4)
  fi;
  lost = lost || adminActed;
  stop(a)
}

inline decide(e, k) {
  if
  :: !HAS(decided[k], e) ->
    printf("attempt %d (run %d): decides epoch %d (checkpoint %d) of sink %d\n", a, runOf[a], e, ck[e], k);
    assert(!HAS(replaced[k], runOf[a]));
    assert(ck[e] > sinkLast[k]);            /* last_checkpoint_id only grows */
    sinkLast[k] = ck[e];
    newest[k] = e;
    decided[k] = decided[k] | BIT(e)
  :: else
  fi;
  stage[AT(a, k)]++
}

inline done(e, k) {
  pending[AT(a, k)] = pending[AT(a, k)] & ~BIT(e);
  due[AT(a, k)] = due[AT(a, k)] & ~BIT(e);
  stage[AT(a, k)] = 0
}

#define FOLLOWS_APPLIED(w, e) ((applied[w] & RANGE(e)) == 0 && (applied[w] & (BIT(from[e]) - 1)) == BIT(from[e]) - 1)

/* COMMIT PREPARED, or the marker, or LOST. */
inline commit(w, e, k) {
  if
  :: HAS(prepared[w], e) ->
    printf("attempt %d (run %d): commits epoch %d of writer %d, inputs %d to %d\n", a, runOf[a], e, w, from[e] + 1, to[e]);
    assert(FOLLOWS_APPLIED(w, e));          /* no input twice, none left out */
    assert(AGREED_COMMIT(w, e));
    applied[w] = applied[w] | RANGE(e);
    markers[w] = markers[w] | BIT(e);
    free(w, BIT(e));
    stage[AT(a, k)]++
  :: !HAS(prepared[w], e) && THERE(w, e) -> REACHED(5); stage[AT(a, k)]++
  :: else ->
#ifdef NO_LOST
    stage[AT(a, k)]++
#else
    printf("attempt %d (run %d): epoch %d of writer %d is LOST\n", a, runOf[a], e, w);
    assert(adminActed);                     /* nobody but an administrator makes a decided transaction disappear */
    lost = true;
    stop(a)
#endif
  fi
}

/* The rows of an attempt's first epoch, and its markers. */
inline applyStaged(w, e) {
  assert(FOLLOWS_APPLIED(w, e));
  applied[w] = applied[w] | RANGE(e);
  markers[w] = markers[w] | BIT(e)
}

#ifdef NO_MARKER
#define FINISHED(e, k) false
#else
#define FINISHED(e, k) HAS(markers[FIRST_WRITER(k)], e)
#endif

inline finish(e, k) {
  if
  :: FINISHED(e, k) -> REACHED(6); stage[AT(a, k)]++
  :: !FINISHED(e, k) && NOT_OWNER(k) -> refuse(e, k)
  :: else ->
    printf("attempt %d (run %d): applies the rows of epoch %d, sink %d, inputs %d to %d\n", a, runOf[a], e, k, from[e] + 1, to[e]);
    applyStaged(FIRST_WRITER(k), e);
#if SINKS == 1
    applyStaged(LAST_WRITER(k), e);
#endif
    stage[AT(a, k)]++
  fi
}

#ifdef NO_RESTORED_FIRST
#define RESTORED_ARE_DONE true
#else
#define RESTORED_ARE_DONE (!OLDER_THAN_ATTEMPT(pending[AT(a, 0)] | pending[AT(a, SINKS - 1)], a))
#endif
#define RUNNING(a) (hasListed[AT(a, 0)] && hasListed[AT(a, SINKS - 1)])
#define NEXT(a) ((a) * INPUTS + count[a])
#ifdef SAME_SPEED
#define TARGET(a) (position[a] + 1)
#else
#define TARGET(a) ((a) % 2 == 1 && position[a] + 2 <= INPUTS -> position[a] + 2 : position[a] + 1)
#endif
/*
 * The last operator starts from what the store holds at that moment, and no earlier submission is still on its way to the store:
 * whoever claims last owns the sink.
 */
#define MAY_CLAIM(k) (ERRING == ATTEMPTS || !begun[ATTEMPTS - 1] || a == ATTEMPTS - 1 || HAS(seen[k], runOf[a]))

inline pick(k) {
  e = 0;
  do
  :: HAS(due[AT(a, k)], e) -> break
  :: else -> e++
  od
}

/* PreparedCommitter.settle: the committer's steps. */
#ifdef REGISTER
#define S_REGISTER 0
#define S_DECIDE 1
#define S_COMMIT 2
#define S_ABORT 4
#define S_ROLL_BACK 5
#define S_FINISH 7
#else
#define S_REGISTER 20
#define S_ABORT 21
#if defined(NO_DECIDE_BEFORE_COMMIT)
#define S_COMMIT 0
#define S_DECIDE 2
#define S_ROLL_BACK 3
#elif defined(ROLLBACK_BEFORE_DECIDE)
#define S_ROLL_BACK 0
#define S_DECIDE 2
#define S_COMMIT 3
#else
#define S_DECIDE 0
#define S_COMMIT 1
#define S_ROLL_BACK 3
#endif
#define S_FINISH 5
#endif
#define S_DONE (S_FINISH + 1)
#define STAGE stage[AT(a, k)]
#define ANY_LISTED(e, k) (LISTED(e, FIRST_WRITER(k)) | LISTED(e, LAST_WRITER(k)))

/* Not all epochs need all steps. */
#define SKIPPED(e, k) ((STAGED(e) && (STAGE == S_COMMIT || STAGE == S_COMMIT + 1)) || (!STAGED(e) && STAGE == S_FINISH) \
  || (!ANY_LISTED(e, k) && (STAGE == S_ABORT || STAGE == S_ROLL_BACK || STAGE == S_ROLL_BACK + 1)) \
  || (SINKS == 2 && (STAGE == S_COMMIT + 1 || STAGE == S_ROLL_BACK + 1)))

inline skipSteps(e, k) {
  do
  :: STAGE < S_DONE && SKIPPED(e, k) -> STAGE++
  :: else -> break
  od
}

#ifdef KEYS
#define WRITABLE(w, bits) ((keys[w] & (bits)) == 0)
#define HOLD(w, e) keys[w] = keys[w] | RANGE(e)
#else
#define WRITABLE(w, bits) true
#define HOLD(w, e) skip
#endif

#define SETTLE(k) \
  :: atomic { !over[a] && due[AT(a, k)] && (committerOpen[AT(a, k)] || !OLDER_THAN_ATTEMPT(due[AT(a, k)], a)) -> \
      d_step { pick(k); skipSteps(e, k) }; \
      settle(e, k); \
      e = 0 \
    }

inline settle(e, k) {
  if
#ifdef REGISTER
  :: STAGE == S_REGISTER -> d_step { decideInRegister(e, k) }
  :: STAGE == S_ABORT -> d_step { abortInRegister(e, k) }
#endif
  :: STAGE == S_DECIDE ->
    if
    :: NOT_OWNER(k) || (!HAS(decided[k], e) && OUT_OF_CHAIN(e, k)) -> d_step { refuse(e, k) }
    :: else -> d_step { decide(e, k) }
    fi
  :: STAGE == S_COMMIT || STAGE == S_COMMIT + 1 -> d_step { commit(FIRST_WRITER(k) + STAGE - S_COMMIT, e, k) }
  :: STAGE == S_ROLL_BACK || STAGE == S_ROLL_BACK + 1 ->
    d_step {
      rollBack(a, FIRST_WRITER(k) + STAGE - S_ROLL_BACK, TO_ROLL_BACK(e / INPUTS, FIRST_WRITER(k) + STAGE - S_ROLL_BACK));
      STAGE++
    }
  :: STAGE == S_FINISH && (FINISHED(e, k) || (WRITABLE(FIRST_WRITER(k), RANGE(e)) && WRITABLE(LAST_WRITER(k), RANGE(e)))) -> d_step { finish(e, k) }
  fi;
  d_step {
    if
    :: !over[a] -> skipSteps(e, k)
    :: else
    fi;
    if
    :: STAGE == S_DONE -> done(e, k)
    :: else
    fi
  }
}

#define GATHER(k) \
  :: d_step { !over[a] && !gathererOpen[AT(a, k)] && MAY_CLAIM(k) -> \
      open(a, k, ok) \
    } \
  :: d_step { !over[a] && gathererOpen[AT(a, k)] && !hasListed[AT(a, k)] -> \
      look(a, k) \
    } \
  :: d_step { !over[a] && !committerOpen[AT(a, k)] && MAY_CLAIM(k) && OLDER_THAN_ATTEMPT(pending[AT(a, k)], a) -> \
      claim(a, k, ok); \
      committerOpen[AT(a, k)] = true; \
      ok = false \
    }

inline forget(a, k) {
  gathererOpen[AT(a, k)] = true; hasListed[AT(a, k)] = true; committerOpen[AT(a, k)] = true;
  pending[AT(a, k)] = 0; due[AT(a, k)] = 0; stage[AT(a, k)] = 0; lineage[AT(a, k)] = 0
}

inline announce(a) {
  due[AT(a, 0)] = pending[AT(a, 0)];
  due[AT(a, SINKS - 1)] = pending[AT(a, SINKS - 1)];
  inFlight[a] = false
}

/* The first epoch may be empty: it carries the list, and needs no prepared transaction. */
#ifdef FIRST_EPOCH_PREPARED
#define HAS_VOTED(a) (ready[a] == 2 || (count[a] == 0 && position[a] == INPUTS))
#define NEEDS_TRANSACTION(a) (position[a] < INPUTS)
#else
#define HAS_VOTED(a) (ready[a] == 2 || count[a] == 0)
#define NEEDS_TRANSACTION(a) (position[a] < INPUTS && count[a] > 0)
#endif
#define LAST_HAS_LISTED(w) (a < ATTEMPTS - 1 && hasListed[AT(ATTEMPTS - 1, SINK_OF(w))])

proctype Attempt(byte a) {
  byte e, requested, restored;
#ifdef KEYS
  byte f;
#endif
#ifdef REGISTER
  byte v;
#endif
  bool ok;
  begun[a];
end:
  do
  GATHER(0)
#if SINKS == 2
  GATHER(1)
#endif
  /* A writer prepares what it has. */
  :: d_step { !over[a] && !inFlight[a] && !stopping[a] && NEEDS_TRANSACTION(a) && ready[a] < 2 && RUNNING(a) && RESTORED_ARE_DONE && WRITABLE(ready[a], BIT(TARGET(a)) - BIT(position[a])) ->
      e = NEXT(a);
      printf("attempt %d (run %d): writer %d prepares epoch %d\n", a, runOf[a], ready[a], e);
      from[e] = position[a];
      to[e] = TARGET(a);
      HOLD(ready[a], e);
      prepared[ready[a]] = prepared[ready[a]] | BIT(e);
      if
      :: LAST_HAS_LISTED(ready[a]) -> REACHED(7); late[ready[a]] = late[ready[a]] | BIT(e)
      :: else
      fi;
      ready[a]++;
      e = 0
    }
  /* The gatherer emits the epoch, the barrier passes, and the tasks acknowledge. */
  :: d_step { !over[a] && !inFlight[a] && !stopping[a] && HAS_VOTED(a) && RUNNING(a) && RESTORED_ARE_DONE && MAY_VOTE(a) ->
      e = NEXT(a);
      from[e] = position[a];
      to[e] = (position[a] == INPUTS -> INPUTS : TARGET(a));
      ck[e] = nextId[runOf[a]];
      nextId[runOf[a]]++;
      prev[e] = previous[a];
      previous[a] = ck[e];
      lin[AT(e, 0)] = lineage[AT(a, 0)];
      lin[AT(e, SINKS - 1)] = lineage[AT(a, SINKS - 1)];
      position[a] = to[e];
      ready[a] = 0;
      pending[AT(a, 0)] = pending[AT(a, 0)] | BIT(e);
#ifndef NO_COMMITTER_STATE
      waiting[AT(e, 0)] = pending[AT(a, 0)];
#endif
#if SINKS == 2
      pending[AT(a, 1)] = pending[AT(a, 1)] | BIT(e);
      waiting[AT(e, 1)] = pending[AT(a, 1)];
#endif
      if
      :: count[a] > 0 -> past[e] = BIT(e) | past[e - 1]
      :: count[a] == 0 && start[a] != NONE -> past[e] = BIT(e) | past[start[a]]
      :: else -> past[e] = BIT(e)
      fi;
      taken = taken | BIT(e);
      count[a]++;
      inFlight[a] = true;
      REGISTER_VOTE(e);
      printf("attempt %d (run %d): barrier of checkpoint %d, epoch %d, inputs %d to %d\n", a, runOf[a], ck[e], e, from[e] + 1, to[e]);
      e = 0
    }
  /* The coordinator completes the checkpoint; */
  :: d_step { !over[a] && inFlight[a] && current[runOf[a]] == a ->
      e = NEXT(a) - 1;
      printf("attempt %d (run %d): checkpoint %d completes\n", a, runOf[a], ck[e]);
      registered = registered | BIT(e);
      announce(a);
      e = 0
    }
  /* or lets it time out: a later one will cover its transactions; */
  :: d_step { !over[a] && inFlight[a] && current[runOf[a]] == a && position[a] < INPUTS && failures < FAILURES ->
      failures++;
      printf("attempt %d (run %d): checkpoint fails, the job goes on\n", a, runOf[a]);
      inFlight[a] = false
    }
  /* or it is the savepoint that a job stops with: announced, and yet no restart restores it. */
  :: d_step { !over[a] && inFlight[a] && current[runOf[a]] == a && SAVEPOINT_ALLOWED && a < ERRING ->
      printf("attempt %d (run %d): savepoint to stop with, epoch %d\n", a, runOf[a], NEXT(a) - 1);
      announce(a);
      stopping[a] = true;
      savepointUsed = true
    }
  /* The committer, told of a checkpoint sooner or later, takes one step. */
  SETTLE(0)
#if SINKS == 2
  SETTLE(1)
#endif
  :: d_step { over[a] ->
      position[a] = 0; previous[a] = 0;  inFlight[a] = false; stopping[a] = false; ready[a] = 0;
      forget(a, 0)
#if SINKS == 2
      ; forget(a, 1)
#endif
    }
    break
  od
}

#ifdef ADMIN
active proctype Administrator() {
end:
  do
  :: d_step { prepared[1] ->
      printf("the administrator rolls back all that writer 1 has prepared: epochs %x (bits)\n", prepared[1]);
      prepared[1] = 0;
      adminActed = true
    }
    break
  od
}
#endif

inline begin(a, r, s) {
  runOf[a] = r;
  start[a] = s;
  current[r] = a;
  if
  :: s == NONE
  :: else ->
    position[a] = to[s];
    pending[AT(a, 0)] = waiting[AT(s, 0)];
    pending[AT(a, SINKS - 1)] = waiting[AT(s, SINKS - 1)];
    due[AT(a, 0)] = waiting[AT(s, 0)];
    due[AT(a, SINKS - 1)] = waiting[AT(s, SINKS - 1)]
  fi;
  begun[a] = true
}

/* The attempt before is dead, or it is a zombie: it goes on with what it knows. */
inline endOrNot(a) {
  if
  :: over[a - 1] = true; printf("attempt %d is dead\n", a - 1)
#ifndef NO_ZOMBIES
  :: !over[a - 1]
#endif
  fi
}

inline submit(a, s) {
  printf("new run %d: attempt %d from slot %d (%d: none)\n", runs, a, s, NONE);
  nextId[runs] = (s == NONE -> 1 : ck[s] + 1);
  origin[runs] = s;
  begin(a, runs, s);
  runs++
}

#if defined(REGISTER)
#define RIGHT_START (closed -> registerCut : registerNewest)
#elif SINKS == 1
#define RIGHT_START newest[0]
#else
/* The sink that is ahead names it. */
#define RIGHT_START (newest[0] == NONE -> newest[1] : (newest[1] == NONE || HAS(past[newest[0]], newest[1]) -> newest[0] : newest[1]))
#endif

#ifdef NO_LATE_ORPHANS
#define IN_DOUBT (prepared[0] | prepared[1])
#else
#define IN_DOUBT ((prepared[0] & ~late[0]) | (prepared[1] & ~late[1]))
#endif

/* Whoever starts attempts: the restart strategy of any run, an operator who errs, and at last one who reads the message. */
init {
  byte a, r, s, requested, restored;
#ifdef REGISTER
  byte v;
#endif
  bool ok;
  d_step {
    nextId[0] = 1;
    origin[0] = NONE;
    begin(0, 0, NONE)
  };
  atomic {
    do
    :: a < ATTEMPTS -> run Attempt(a); a++
    :: else -> break
    od;
    a = 1
  };
  do
  :: atomic { a < ERRING && (BIT(runs) - 1) & ~ended ->
      endOrNot(a);
      do
      :: !HAS(ended, r) -> break
      :: r < runs - 1 && (BIT(runs) - BIT(r + 1)) & ~ended -> r++
      od;
      d_step {
        s = SLOTS;
        do
        :: s > 0 -> s--;
          if
          :: HAS(registered, s) && runOf[s / INPUTS] == r -> break
          :: else
          fi
        :: s == 0 -> s = origin[r]; break
        od;
        printf("run %d restarts: attempt %d from slot %d (%d: none)\n", r, a, s, NONE);
        begin(a, r, s);
        a++; r = 0; s = 0
      }
    }
  :: atomic { a < ERRING ->
      endOrNot(a);
      s = 0;
      do
      :: s < SLOTS - 1 -> s++
      :: HAS(taken, s) -> break
      :: s = NONE; break
      od;
      d_step { submit(a, s); a++; s = 0 }
    }
  :: atomic { a >= ERRING && a < ATTEMPTS && RESOLVERS_LET_START ->
      endOrNot(a);
      d_step {
        s = RIGHT_START;
        submit(a, s);
        s = 0;
        open(a, 0, ok)
#if SINKS == 2
        ; if :: !over[a] -> open(a, 1, ok) :: else fi
#endif
        ; a++
      }
    }
  :: a == ATTEMPTS -> break
  od;
  timeout;
  assert(ERRING == ATTEMPTS || lost || (applied[0] == BIT(INPUTS) - 1 && applied[1] == BIT(INPUTS) - 1));   /* nothing is left out for ever */
  /* Nothing is in doubt for ever, but what an older attempt prepared after the last one had listed. */
  assert(ERRING == ATTEMPTS || lost || IN_DOUBT == 0);
  if
  :: lost -> REACHED(8)
  :: else -> REACHED(9)
  fi
}
