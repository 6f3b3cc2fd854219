/*
 * 2PC-STAGED: one sink, its store, and every attempt to run the job that feeds it.
 *
 * An epoch is what one checkpoint covers. Its rows lie in segments that became durable before the barrier passed, so it can be
 * applied by anybody at any time; the store applies it in one local transaction: rows, marker, last checkpoint of the sink's row.
 * Slot s stands for three things at once: the epoch, the checkpoint that contains it, and its transaction id; slots of attempt a
 * are a*INPUTS .. a*INPUTS+INPUTS-1, so an ancestor always has a lower number than its descendants.
 *
 * Every action is one atomic step, because each is one transaction of the store, one entry of the checkpoint store, or local to a
 * task. An attempt that got a successor may be dead, or it goes on with what it knows (a zombie).
 *
 * Rules that -D takes away: NO_FENCE NO_SEEN_RUNS NO_CHAIN NO_LINEAGE NO_MARKER TWO_STEP_APPLY NO_RESTORE_CHECK NO_FRESH_CHECK
 * NO_COMMITTER_STATE. Superfluous here: NO_LINEAGE NO_RESTORED_FIRST. Reachability: -DREACH=n. Known limit: -DLIMIT_FORK_TAKES_OVER.
 */
#ifndef INPUTS
#define INPUTS 3
#endif
#ifndef ATTEMPTS
#define ATTEMPTS 3
#endif
#ifndef FAILURES
#define FAILURES 1
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
#define OLDER_THAN_ATTEMPT(set, a) ((set) & (BIT((a) * INPUTS) - 1))

#ifndef REACH
#define REACH 0
#endif
#define REACHED(n) assert(REACH != n)

/* What an attempt wrote at a barrier, by slot. */
byte ck[SLOTS];         /* checkpoint id: unique within a run, used again by the next run */
byte prev[SLOTS];       /* checkpoint id of the epoch before */
byte lin[SLOTS];        /* lineage, 0 for none */
byte from[SLOTS];       /* inputs from .. to-1 */
byte to[SLOTS];
short waiting[SLOTS];   /* the committer's state in that checkpoint: epochs that it has not applied yet */
short past[SLOTS];      /* ghost: the slot and all of its history */
short taken;            /* a set of slots: written, so that an operator may find and restore it */
short registered;       /* completed: a restart of the run restores the newest */

/* Attempts. */
byte runOf[ATTEMPTS];
byte start[ATTEMPTS];   /* the slot it was restored from */
bool begun[ATTEMPTS];
bool over[ATTEMPTS];
bool gathererOpen[ATTEMPTS];
bool committerOpen[ATTEMPTS];
byte lineage[ATTEMPTS];
byte previous[ATTEMPTS];
byte position[ATTEMPTS];
byte count[ATTEMPTS];   /* epochs made */
bool inFlight[ATTEMPTS];
bool stopping[ATTEMPTS];
short pending[ATTEMPTS];  /* epochs in the committer's hands */
short due[ATTEMPTS];      /* those of them that a completed checkpoint covers; the committer is told so, or will be */

/* Runs: a new submission each. */
byte runs = 1;
byte current[ATTEMPTS]; /* the attempt whose acknowledgements the run's coordinator accepts */
byte nextId[ATTEMPTS];
byte origin[ATTEMPTS];
short ended;            /* runs that failed for good */
bool savepointUsed;
byte failures;

/* The store. */
byte sinkLineage;
byte sinkOwner;
byte sinkLast;
short seen;             /* runs that ever claimed the sink */
short markers;

/* Ghosts: what is really in the table. */
byte applied;           /* inputs 0 .. applied-1, each once */
byte newest = NONE;     /* the slot applied last */
short appliedSlots;
short replaced;         /* runs that another run took the sink from */

#define LEGAL(a) (applied == 0 || (start[a] != NONE && HAS(past[start[a]], newest)))

inline replaceOwner(a) {
  if
  :: sinkLineage != 0 && sinkOwner != runOf[a] -> replaced = replaced | BIT(sinkOwner)
  :: else
  fi;
  sinkOwner = runOf[a];
  seen = seen | BIT(runOf[a])
}

/* LineageRules.decide, without on-rewind: accept-duplicates. */
inline claim(a, accepted) {
  requested = (start[a] == NONE -> 0 : lin[start[a]]);
  restored = (start[a] == NONE -> 0 : ck[start[a]]);
  accepted = true;
  if
#ifndef NO_SEEN_RUNS
  :: sinkLineage != 0 && sinkOwner != runOf[a] && HAS(seen, runOf[a]) -> accepted = false
#endif
  :: else ->
    if
    :: sinkLineage == 0 && requested == 0 -> sinkLineage = 1 + runOf[a]; lineage[a] = sinkLineage; sinkOwner = runOf[a]
    :: sinkLineage == 0 && requested != 0 -> accepted = false
    :: sinkLineage != 0 && sinkLineage == requested ->
      if
#ifndef NO_RESTORE_CHECK
      :: restored < sinkLast -> accepted = false
#endif
      :: else -> lineage[a] = sinkLineage
      fi
    :: sinkLineage != 0 && sinkLineage != requested ->
      if
      :: requested == 0 && sinkLast == 0 -> lineage[a] = sinkLineage       /* the name stays: nothing of this history is committed */
#ifdef NO_FRESH_CHECK
      :: requested == 0 && sinkLast != 0 -> sinkLineage = 1 + runOf[a]; lineage[a] = sinkLineage; sinkLast = 0
#endif
      :: else -> accepted = false
      fi
    fi
  fi;
  if
  :: accepted ->
    /* A fork inside one lineage that has the right number is found out by its first epoch, not here. */
#ifdef LIMIT_FORK_TAKES_OVER
    assert(LEGAL(a));
#else
    assert(LEGAL(a) || (start[a] != NONE && ck[start[a]] >= sinkLast && !HAS(appliedSlots, start[a])));
#endif
    printf("attempt %d (run %d): claims the sink, store is at checkpoint %d\n", a, runOf[a], sinkLast);
    assert(!HAS(replaced, runOf[a]));
    replaceOwner(a)
  :: else ->
    printf("attempt %d (run %d): is refused the sink, store is at checkpoint %d\n", a, runOf[a], sinkLast);
    REACHED(1);
    assert(!LEGAL(a) || HAS(replaced, runOf[a]) || requested != sinkLineage);
    over[a] = true;
    ended = ended | BIT(runOf[a])
  fi;
  requested = 0; restored = 0
}

inline open(a, ok) {
  claim(a, ok);
  gathererOpen[a] = true;
  previous[a] = (start[a] == NONE -> 0 : ck[start[a]]);
  ok = false
}

/* LineageRules.refuseCommit. */
#ifdef NO_FENCE
#define NOT_OWNER false
#else
#define NOT_OWNER (sinkOwner != runOf[a])
#endif
#ifdef NO_LINEAGE
#define OTHER_LINEAGE false
#else
#define OTHER_LINEAGE (lin[e] != sinkLineage)
#endif
#ifdef NO_CHAIN
#define OUT_OF_CHAIN false
#else
#define OUT_OF_CHAIN (prev[e] != sinkLast)
#endif

#ifdef NO_MARKER
#define MARKED(e) false
#else
#define MARKED(e) HAS(markers, e)
#endif

inline showRows(e) {
  printf("attempt %d (run %d): applies epoch %d (checkpoint %d, inputs %d to %d)\n", a, runOf[a], e, ck[e], from[e] + 1, to[e]);
  assert(from[e] == applied);           /* no input twice, none left out */
  assert(!HAS(replaced, runOf[a]));       /* a run that was replaced commits nothing */
  applied = to[e];
  newest = e;
  appliedSlots = appliedSlots | BIT(e)
}

inline refuse(e) {
  printf("attempt %d (run %d): may not apply epoch %d (checkpoint %d after %d), store is at %d\n", a, runOf[a], e, ck[e], prev[e], sinkLast);
  /* Never refused without need: another run took over, or the store has left this epoch's history. */
  assert(HAS(replaced, runOf[a]) || (newest != NONE && !HAS(past[e], newest)));
  if
  :: HAS(replaced, runOf[a]) -> REACHED(2)
  :: else -> REACHED(3)
  fi;
  over[a] = true;
  ended = ended | BIT(runOf[a])
}

/*
 * The last operator starts from what the store holds at that moment, and no earlier submission is still on its way to the store:
 * whoever claims last owns the sink.
 */
#define MAY_CLAIM (ERRING == ATTEMPTS || !begun[ATTEMPTS - 1] || a == ATTEMPTS - 1 || HAS(seen, runOf[a]))

/* Flink commits what was restored before the task takes part in a checkpoint. */
#ifdef NO_RESTORED_FIRST
#define RESTORED_ARE_DONE true
#else
#define RESTORED_ARE_DONE (!OLDER_THAN_ATTEMPT(pending[a], a))
#endif

#ifdef TWO_STEP_APPLY
#define MARK_NOW(e) half = true
#else
#define MARK_NOW(e) mark(e)
#endif

/* The lowest slot is the oldest epoch. */
inline pick(e) {
  e = 0;
  do
  :: HAS(due[a], e) -> break
  :: else -> e++
  od
}

inline mark(e) {
  sinkLast = ck[e];
  markers = markers | BIT(e)
}

inline done(e) {
  pending[a] = pending[a] & ~BIT(e);
  due[a] = due[a] & ~BIT(e)
}

proctype Attempt(byte a) {
  byte e, requested, restored;
  bool ok, half;
  begun[a];
end:
  do
  :: d_step { !over[a] && !gathererOpen[a] && MAY_CLAIM ->
      open(a, ok)
    }
  /* Restored epochs: the committer claims the sink itself, maybe before the gatherer does. */
  :: d_step { !over[a] && !committerOpen[a] && MAY_CLAIM && OLDER_THAN_ATTEMPT(pending[a], a) ->
      claim(a, ok);
      committerOpen[a] = true;
      ok = false
    }
  /* A barrier. Attempts read at different speeds, so the same checkpoint id covers different inputs. */
  :: d_step { !over[a] && gathererOpen[a] && !inFlight[a] && !stopping[a] && position[a] < INPUTS && RESTORED_ARE_DONE ->
      e = a * INPUTS + count[a];
      ck[e] = nextId[runOf[a]];
      nextId[runOf[a]]++;
      prev[e] = previous[a];
      previous[a] = ck[e];
      lin[e] = lineage[a];
      from[e] = position[a];
      position[a] = (a % 2 == 1 && position[a] + 2 <= INPUTS -> position[a] + 2 : position[a] + 1);
      to[e] = position[a];
      pending[a] = pending[a] | BIT(e);
#ifdef NO_COMMITTER_STATE
      waiting[e] = 0;
#else
      waiting[e] = pending[a];
#endif
      if
      :: count[a] > 0 -> past[e] = BIT(e) | past[e - 1]
      :: count[a] == 0 && start[a] != NONE -> past[e] = BIT(e) | past[start[a]]
      :: else -> past[e] = BIT(e)
      fi;
      taken = taken | BIT(e);
      count[a]++;
      inFlight[a] = true;
      printf("attempt %d (run %d): barrier of checkpoint %d, epoch %d, inputs %d to %d\n", a, runOf[a], ck[e], e, from[e] + 1, to[e]);
      e = 0
    }
  /* The coordinator completes the checkpoint; */
  :: d_step { !over[a] && inFlight[a] && current[runOf[a]] == a ->
      e = a * INPUTS + count[a] - 1;
      printf("attempt %d (run %d): checkpoint %d completes\n", a, runOf[a], ck[e]);
      registered = registered | BIT(e);
      due[a] = pending[a];
      inFlight[a] = false;
      e = 0
    }
  /* or lets it time out: a later one will cover its epoch; */
  :: d_step { !over[a] && inFlight[a] && current[runOf[a]] == a && position[a] < INPUTS && failures < FAILURES ->
      failures++;
      printf("attempt %d (run %d): checkpoint fails, the job goes on\n", a, runOf[a]);
      inFlight[a] = false
    }
  /* or it is the savepoint that a job stops with: announced, and yet no restart restores it. */
  :: d_step { !over[a] && inFlight[a] && current[runOf[a]] == a && !savepointUsed && a < ERRING ->
      printf("attempt %d (run %d): savepoint to stop with, epoch %d\n", a, runOf[a], a * INPUTS + count[a] - 1);
      due[a] = pending[a];
      inFlight[a] = false;
      stopping[a] = true;
      savepointUsed = true
    }
  /* The committer, told of a checkpoint sooner or later. */
  :: atomic { !over[a] && !half && due[a] && (committerOpen[a] || !OLDER_THAN_ATTEMPT(due[a], a)) ->
      d_step { pick(e) };
      if
      :: d_step { MARKED(e) -> REACHED(4); done(e) }
      :: d_step { !MARKED(e) && (NOT_OWNER || OTHER_LINEAGE || OUT_OF_CHAIN) -> refuse(e) }
      :: else ->
        d_step { showRows(e) };
        MARK_NOW(e)   /* the reply may be lost: it always asks again, and finds the marker */
      fi;
      e = 0
    }
  :: d_step { over[a] ->
      position[a] = 0; previous[a] = 0; lineage[a] = 0; inFlight[a] = false; stopping[a] = false; pending[a] = 0; due[a] = 0;
      gathererOpen[a] = true; committerOpen[a] = true; half = false
    }
    break
#ifdef TWO_STEP_APPLY
  :: d_step { !over[a] && half ->
      pick(e);
      mark(e);
      half = false; e = 0
    }
#endif
  od
}

inline begin(a, r, s) {
  runOf[a] = r;
  start[a] = s;
  current[r] = a;
  if
  :: s == NONE
  :: else ->
    position[a] = to[s];
    pending[a] = waiting[s];
    due[a] = waiting[s]
  fi;
  begun[a] = true
}

/* The attempt before is dead, or it is a zombie: it goes on with what it knows. */
inline endOrNot(a) {
  if
  :: over[a - 1] = true; printf("attempt %d is dead\n", a - 1)
  :: !over[a - 1]
  fi
}

inline submit(a, s) {
  printf("new run %d: attempt %d from slot %d (%d: none)\n", runs, a, s, NONE);
  nextId[runs] = (s == NONE -> 1 : ck[s] + 1);
  origin[runs] = s;
  begin(a, runs, s);
  runs++
}

/* Whoever starts attempts: the restart strategy of any run, an operator who errs, and at last one who reads the message. */
init {
  byte a, r, s, requested, restored;
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
  :: atomic { a >= ERRING && a < ATTEMPTS ->
      endOrNot(a);
      d_step {
        submit(a, newest);
        open(a, ok);
        a++
      }
    }
  :: a == ATTEMPTS -> break
  od;
  timeout;
  assert(ERRING == ATTEMPTS || applied == INPUTS);            /* nothing is left out for ever */
  REACHED(5)
}
