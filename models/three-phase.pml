/*
 * THREE_PHASE: PREPARED with a write-once decision register (register.pml) in front of every commit and every rollback. One record
 * of the pipeline is shared by all sinks of the job. The resolver settles what is in doubt without the job: it looks, then closes
 * the pipeline with all verdicts in one transaction (nobody can decide or vote any more), then carries them out. It needs no
 * failure detector: a job that is alive fails closed.
 *
 * All of prepared.pml applies. More rules that -D takes away: NO_REGISTER_FENCE NO_VOTE_FENCE NO_LAST_DECIDED NO_BEGIN_ABORTS
 * NO_REGISTER_CHAIN NO_ABORT_RECORD NO_ABORT_FENCE NO_ABORTED_CHECK NO_OPPOSED_CHECK NO_VOTE NO_CUT_CHECK CUT_BEHIND TWO_STEP_RECORD. The pipeline is
 * claimed together with the store's record, in one step.
 */
#define REGISTER
#include "prepared.pml"

/* It has completed, and register and metadata agree: all that it waits for has been voted for, none of it was given up. */
#ifdef NO_VOTE
#define KNOWN(s) true
#else
#define KNOWN(s) ((waiting[AT(s, 0)] & ~votes) == 0 && (waiting[AT(s, SINKS - 1)] & ~votes) == 0)
#endif
#ifdef CUT_BEHIND
#define OLD_CUT(s) false
#else
#define OLD_CUT(s) (ck[s] < registerLast)
#endif
#define GIVEN_UP(s) ((waiting[AT(s, 0)] & toAbort[0]) | (waiting[AT(s, SINKS - 1)] & toAbort[1]))
/* The tool does not compare histories: who names a checkpoint knows that it goes on from what was decided. */
#ifdef ANY_CUT
#define GOES_ON(s) true
#else
#define GOES_ON(s) (registerNewest == NONE || HAS(past[s], registerNewest) || ck[s] < registerLast)
#endif
#define MAY_CUT(s) (HAS(registered, s) && GOES_ON(s) && KNOWN(s) && !OLD_CUT(s) && !GIVEN_UP(s) && (!closed || s == registerCut))

/* Verdicts.choose: an undecided vote up to the cut is committed exactly if its gatherer voted for the cut, too. */
inline chooseVerdicts(s) {
  c = 0;
  do
  :: c < SLOTS ->
    if
    :: HAS(votes, c) && ck[c] <= ck[s] && c / INPUTS == s / INPUTS -> commits = commits | BIT(c)
    :: HAS(votes, c) && ck[c] <= ck[s] && c / INPUTS != s / INPUTS && HAS(waiting[AT(s, 0)] | waiting[AT(s, SINKS - 1)], c) -> commits = commits | BIT(c)
    :: else
    fi;
    c++
  :: else -> break
  od;
  c = 0;
  commit0 = commits & ~(toCommit[0] | toAbort[0]);
  commit1 = commits & ~(toCommit[1] | toAbort[1]);
  abort0 = (prepared[0] | votes) & ~(commits | toCommit[0] | toAbort[0]);
  abort1 = (prepared[1] | votes) & ~(commits | toCommit[1] | toAbort[1]);
  commits = 0
}

/* RegisterRules.refuseClose: the opposite stands for something, or a vote up to the cut is not named. */
#ifdef NO_OPPOSED_CHECK
#define OPPOSED false
#else
#define OPPOSED ((commit0 & toAbort[0]) | (commit1 & toAbort[1]) | (abort0 & toCommit[0]) | (abort1 & toCommit[1]))
#endif
#define REFUSED(s) ((closed && CUT_ID != (s == NONE -> 0 : ck[s])) || (s != NONE && OLD_CUT(s)) || OPPOSED || unnamed)

inline findUnnamed(s) {
  c = 0; unnamed = false;
  do
  :: c < SLOTS ->
    if
    :: HAS(votes, c) && ck[c] <= ck[s] && (!HAS(commit0 | abort0 | toCommit[0] | toAbort[0], c) || !HAS(commit1 | abort1 | toCommit[1] | toAbort[1], c)) -> unnamed = true
    :: else
    fi;
    c++
  :: else -> break
  od;
  c = 0
}

inline recordCommits() {
  toCommit[0] = toCommit[0] | commit0;
  toCommit[1] = toCommit[1] | commit1
}

inline recordRest(s) {
  toAbort[0] = toAbort[0] | (abort0 & ~toCommit[0]);
  toAbort[1] = toAbort[1] | (abort1 & ~toCommit[1]);
  abortVotesAfter(ck[s]);
  NOT_BOTH;                                           /* never ABORT after COMMIT, nor the other way */
  assert(ck[s] >= registerLast);                      /* last decided only grows */
  closedRuns[0] = closedRuns[0] | (member[0] == NONE -> 0 : BIT(member[0]));
  closedRuns[SINKS - 1] = closedRuns[SINKS - 1] | (member[SINKS - 1] == NONE -> 0 : BIT(member[SINKS - 1]));
  fence = (closed -> fence : fence + 1);
  closed = true;
  voted = false;
  registerCut = s;
  registerNewest = s;
  generationFrom = ck[s];
  registerLast = ck[s]
}

/* By what stands; what turns up later is given up. Rows of first epochs are applied by the job that restores the cut. */
inline drive(w) {
  c = 0;
  do
  :: c < SLOTS ->
    if
    :: HAS(prepared[w] & toCommit[w], c) ->
      printf("resolver: commits epoch %d of writer %d, inputs %d to %d\n", c, w, from[c] + 1, to[c]);
      REACHED(13);
      assert((applied[w] & RANGE(c)) == 0 && !HAS(toAbort[w], c));
      applied[w] = applied[w] | RANGE(c);
      prepared[w] = prepared[w] & ~BIT(c);
      markers[w] = markers[w] | BIT(c)
    :: HAS(prepared[w] & ~toCommit[w], c) && closed ->
      printf("resolver: rolls back epoch %d of writer %d\n", c, w);
      REACHED(14);
      toAbort[w] = toAbort[w] | BIT(c);
      prepared[w] = prepared[w] & ~BIT(c)
    :: else
    fi;
    c++
  :: else -> break
  od;
  c = 0
}

#if RESOLVERS > 0
active [RESOLVERS] proctype Resolver() {
  byte s, c, v;
  short commits, commit0, commit1, abort0, abort1;
  bool unnamed;
  /* Looks, and chooses the cut: a newer checkpoint that is whole, or what was decided last. Or nobody needs a resolver. */
  atomic {
    s = 0;
    do
    :: s < SLOTS - 1 -> s++
    :: MAY_CUT(s) && !begun[ATTEMPTS - 1] -> break
    :: !closed && registerNewest != NONE && !begun[ATTEMPTS - 1] -> s = registerNewest; break
    :: s = NONE; break
    od;
    d_step {
      if
      :: s != NONE -> printf("resolver %d: looks, cut at slot %d\n", _pid, s); chooseVerdicts(s)
      :: else
      fi
    }
  };
  if
  :: s == NONE
  :: else ->
    d_step {
      findUnnamed(s);
      if
      :: REFUSED(s) -> printf("resolver %d: is refused\n", _pid); REACHED(15); s = NONE
      :: else
      fi;
#ifdef TWO_STEP_RECORD
      if
      :: s != NONE -> printf("resolver %d: records COMMIT up to slot %d\n", _pid, s); recordCommits()
      :: else
      fi
    };
    d_step {
      if
      :: s != NONE -> recordRest(s)
      :: else
      fi;
#else
      if
      :: s != NONE -> printf("resolver %d: closes the pipeline at slot %d with all verdicts\n", _pid, s); recordCommits(); recordRest(s)
      :: else
      fi;
#endif
      commit0 = 0; commit1 = 0; abort0 = 0; abort1 = 0; unnamed = false
    };
    if
    :: s != NONE ->
      d_step { drive(0) };
      d_step { drive(1) }
    :: else
    fi
  fi;
  d_step { s = NONE; resolved++ }
}
#endif
