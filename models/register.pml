/*
 * The decision register of THREE_PHASE (RegisterRules, RegisterProtocol): what prepared.pml asks it. Its resolver is in
 * three-phase.pml. Every call is one step. A generation is what the fence counts: runs that vote and decide together. Bit e of
 * writer w stands for the epoch's own id as well as for its transaction.
 */
#ifndef RESOLVERS
#define RESOLVERS 1
#endif

byte fence;                     /* 0: nobody has claimed the pipeline */
bool closed;
bool voted;
byte generationFrom;            /* checkpoint that the generation began with */
byte registerLast;              /* checkpoint decided last, of all sinks */
byte registerNewest = NONE;     /* ghost: its slot */
byte registerCut = NONE;        /* slot that a closed pipeline goes on from */
byte member[SINKS] = NONE;      /* run that claimed the sink last */
byte memberFence[SINKS];
byte memberGatherer[SINKS] = NONE;   /* the attempt whose gatherer claimed last */
short closedRuns[SINKS];
#ifdef NO_REGISTER_CHAIN
#define REGISTER_OUT_OF_CHAIN(e, k) false
#define CHAIN(k, id) skip
#else
byte chainAt[2] = NONE;         /* checkpoint decided last in this generation, by sink */
#define REGISTER_OUT_OF_CHAIN(e, k) (chainAt[k] != NONE && prev[e] != chainAt[k])
#define CHAIN(k, id) chainAt[k] = id
#endif
short votes;                    /* one step votes for all sinks */
short toCommit[2];              /* decisions, by writer */
short toAbort[2];
byte resolved;                  /* ghost: resolvers that are through */

#define RESTORED(a) (start[a] == NONE -> 0 : ck[start[a]])
#define CUT_ID (registerCut == NONE -> 0 : ck[registerCut])
#ifdef NO_LAST_DECIDED
#define BEHIND(a) false
#else
#define BEHIND(a) (RESTORED(a) < registerLast)
#endif
#ifdef NO_CUT_CHECK
#define ELSEWHERE(a) false
#else
#define ELSEWHERE(a) (RESTORED(a) != CUT_ID)
#endif
#define REGISTER_ACCEPTS(a, k) (fence == 0 || (!HAS(closedRuns[k], runOf[a]) && (closed -> !ELSEWHERE(a) : !BEHIND(a))))
#define BELONGS(a, k) (memberFence[k] == fence && member[k] == runOf[a])

#define REGISTER_OPEN(a, k) openRegister(a, k)
#define NEW_GATHERER(a, k) memberGatherer[k] = a
#ifdef NO_REGISTER_FENCE
#define HOLDS_REGISTER(a, k) true
#else
#define HOLDS_REGISTER(a, k) (!closed && BELONGS(a, k))
#endif
#ifdef NO_VOTE_FENCE
#define MAY_VOTE(a) true
#else
#define MAY_VOTE(a) (HOLDS_REGISTER(a, 0) && HOLDS_REGISTER(a, SINKS - 1) && memberGatherer[0] == a && memberGatherer[SINKS - 1] == a)
#endif
#ifdef NO_VOTE
#define REGISTER_VOTE(e) voted = true
#else
#define REGISTER_VOTE(e) voted = true; votes = votes | BIT(e)
#endif
#ifdef NO_ABORT_RECORD
#define TO_ROLL_BACK(a, w) (list[(a) * 2 + (w)] & ~toCommit[w])
#define AGREED_ABORT(w, set) (((set) & toCommit[w]) == 0)
#else
#define TO_ROLL_BACK(a, w) (list[(a) * 2 + (w)] & toAbort[w])
#define AGREED_ABORT(w, set) (((set) & ~toAbort[w]) == 0 && ((set) & toCommit[w]) == 0)
#endif
#define AGREED_COMMIT(w, e) (HAS(toCommit[w], e) && !HAS(toAbort[w], e))
#define RESOLVERS_LET_START (resolved == RESOLVERS)
#define NOT_BOTH assert((toCommit[0] & toAbort[0]) == 0 && (toCommit[1] & toAbort[1]) == 0)

/* ABORT for all undecided votes for later checkpoints. */
inline abortVotesAfter(id) {
  v = 0;
  do
  :: v < SLOTS ->
    if
    :: HAS(votes, v) && ck[v] > (id) ->
      toAbort[0] = toAbort[0] | (BIT(v) & ~toCommit[0]);
      toAbort[1] = toAbort[1] | (BIT(v) & ~toCommit[1])
    :: else
    fi;
    v++
  :: else -> break
  od;
  v = 0
}

inline closeMember(k) {
  if
  :: member[k] != NONE && member[k] != runOf[a] -> closedRuns[k] = closedRuns[k] | BIT(member[k])
  :: else
  fi
}

/* RegisterRules.admit: Continue, Join or Begin. */
inline openRegister(a, k) {
  if
  :: fence != 0 && !closed && BELONGS(a, k)
  :: fence != 0 && !closed && !BELONGS(a, k) && !voted && generationFrom == RESTORED(a) -> closeMember(k); member[k] = runOf[a]; memberFence[k] = fence; CHAIN(k, NONE)
  :: else ->
    closeMember(0);
    closeMember(SINKS - 1);
    if
    :: fence == 0 -> registerLast = RESTORED(a)
    :: else
    fi;
    fence++;
    closed = false;
    voted = false;
    generationFrom = RESTORED(a);
#ifndef NO_BEGIN_ABORTS
    abortVotesAfter(RESTORED(a));
#endif
    member[k] = runOf[a];
    memberFence[k] = fence;
    CHAIN(k, NONE)
  fi
}

#ifdef NO_ABORTED_CHECK
#define WAS_ABORTED(e, k) false
#else
#define WAS_ABORTED(e, k) (HAS(toAbort[FIRST_WRITER(k)] | toAbort[LAST_WRITER(k)], e) || (ck[e] == generationFrom && HAS(toAbort[0] | toAbort[1], e)))
#endif

#define WAS_DECIDED(e, k) HAS(toCommit[FIRST_WRITER(k)] & toCommit[LAST_WRITER(k)], e)

/* COMMIT for the epoch and all of its transactions, or for none. */
inline decideInRegister(e, k) {
  if
  :: !HOLDS_REGISTER(a, k) || WAS_ABORTED(e, k) || (!WAS_DECIDED(e, k) && REGISTER_OUT_OF_CHAIN(e, k)) ->
    printf("attempt %d (run %d): the register refuses epoch %d of sink %d\n", a, runOf[a], e, k);
    if
    :: WAS_ABORTED(e, k) -> REACHED(11)
    :: else -> REACHED(12)
    fi;
    stop(a)
  :: else ->
    if
    :: WAS_DECIDED(e, k) -> REACHED(10)
    :: else ->
      printf("attempt %d (run %d): the register says COMMIT to epoch %d of sink %d\n", a, runOf[a], e, k);
      toCommit[FIRST_WRITER(k)] = toCommit[FIRST_WRITER(k)] | BIT(e);
      toCommit[LAST_WRITER(k)] = toCommit[LAST_WRITER(k)] | BIT(e);
      CHAIN(k, ck[e]);
      NOT_BOTH
    fi;
    if
    :: ck[e] >= registerLast -> registerLast = ck[e]; registerNewest = e
    :: else
    fi;
    stage[AT(a, k)]++
  fi
}

/* ABORT for what the epoch's list names and nothing is decided about. */
inline abortInRegister(e, k) {
#ifndef NO_ABORT_RECORD
  if
#ifndef NO_ABORT_FENCE
  :: !HOLDS_REGISTER(a, k) ->
    printf("attempt %d (run %d): the register takes no ABORT for sink %d\n", a, runOf[a], k);
    REACHED(16);
    stop(a)
#endif
  :: else ->
    toAbort[FIRST_WRITER(k)] = toAbort[FIRST_WRITER(k)] | (LISTED(e, FIRST_WRITER(k)) & ~toCommit[FIRST_WRITER(k)]);
    toAbort[LAST_WRITER(k)] = toAbort[LAST_WRITER(k)] | (LISTED(e, LAST_WRITER(k)) & ~toCommit[LAST_WRITER(k)]);
    stage[AT(a, k)]++
  fi
#else
  stage[AT(a, k)]++
#endif
}
