package io.onceflow.ledger.model;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * An endless sequence of commands, the same for the same seed and mix. It begins with opening every
 * account.
 *
 * <p>Account 1 of each group has no limits and pays into the others, so that there is money to
 * move; of the others one in four has no limit, one must not owe more than it is owed, the rest
 * must not spend more than they have.
 */
public final class CommandGenerator {

  /** The timestamp of the first record: a moment in 2026. */
  public static final long START_MS = 1_780_000_000_000L;

  private static final int LEDGER = 978;
  private static final int OTHER_LEDGER = 840;
  private static final int OTHER = 10;
  private static final int REMEMBERED = 512;
  private static final String DEBITS_LIMITED = "\"debits-must-not-exceed-credits\"";
  private static final String CREDITS_LIMITED = "\"credits-must-not-exceed-debits\"";

  private final SplittableRandom random;
  private final Mix mix;
  private final int hugePerMille;
  private final List<Group> groups = new ArrayList<>();
  private long nowMs = START_MS;
  private int opened;

  /** A generator for this seed. */
  public CommandGenerator(long seed, Mix mix) {
    this(seed, mix, 0);
  }

  private CommandGenerator(long seed, Mix mix, int hugePerMille) {
    this.random = new SplittableRandom(seed);
    this.hugePerMille = hugePerMille;
    this.mix = mix;
    for (int i = 0; i < mix.groups(); i++) {
      groups.add(new Group("group-" + i));
    }
  }

  /** A generator with some amounts so large that counters are about to overflow. */
  public static CommandGenerator overflowing(long seed, Mix mix) {
    return new CommandGenerator(seed, mix, 30);
  }

  /** The next record. */
  public GeneratedCommand next() {
    long timestampMs = nextTimestamp();
    if (opened < mix.groups() * mix.accounts()) {
      Group group = groups.get(opened % mix.groups());
      int account = opened / mix.groups() + 1;
      opened++;
      return record(group, outermost(group, open(account)), timestampMs);
    }
    Group group = groups.get(random.nextInt(groups.size()));
    int dice = random.nextInt(1000);
    if ((dice -= mix.malformed()) < 0) {
      return new GeneratedCommand(group.name, malformed(group), timestampMs, false);
    } else if ((dice -= mix.duplicate()) < 0) {
      return record(group, duplicate(group), timestampMs);
    }
    String command = (dice -= mix.linked()) < 0 ? chain(group) : single(group, dice);
    group.sent.add(random, command);
    return record(group, command, timestampMs);
  }

  private String single(Group group, int share) {
    int dice = share;
    if ((dice -= mix.administrative()) < 0) {
      return outermost(group, administrative());
    } else if ((dice -= mix.refused()) < 0) {
      return outermost(group, refused(group));
    } else if ((dice -= mix.pending()) < 0) {
      return outermost(group, pending(group));
    } else if ((dice -= mix.resolving()) < 0) {
      return outermost(group, resolving(group));
    }
    return outermost(group, random.nextInt(4) == 0 ? fund() : transfer(id(), amount()));
  }

  private long nextTimestamp() {
    nowMs += random.nextInt(20);
    if (random.nextInt(1000) < mix.jump()) {
      nowMs += random.nextInt(40) == 0 ? random.nextInt(7_200_000) : random.nextInt(5_000);
      return nowMs - random.nextInt(60_000);
    }
    return nowMs;
  }

  private GeneratedCommand record(Group group, String json, long timestampMs) {
    return new GeneratedCommand(
        group.name, json.getBytes(StandardCharsets.UTF_8), timestampMs, true);
  }

  private String outermost(Group group, String leg) {
    return "{\"group\":\"" + group.name + "\"," + leg.substring(1);
  }

  private String chain(Group group) {
    int size = random.nextInt(40) == 0 ? 64 : 1 + random.nextInt(6);
    StringBuilder json = new StringBuilder();
    json.append("{\"type\":\"chain\",\"group\":\"").append(group.name).append("\",\"commands\":[");
    for (int i = 0; i < size; i++) {
      json.append(i == 0 ? "" : ",").append(leg(group));
    }
    return json.append("]}").toString();
  }

  private String leg(Group group) {
    return switch (random.nextInt(12)) {
      case 0 -> random.nextInt(8) == 0 ? open(1 + random.nextInt(mix.accounts() * 2)) : fund();
      case 1 -> random.nextInt(4) == 0 ? refused(group) : fund();
      case 2, 3 -> pending(group);
      case 4, 5 -> random.nextInt(2) == 0 ? resolving(group) : fund();
      default -> transfer(id(), amount());
    };
  }

  private String duplicate(Group group) {
    String command = group.sent.pick(random);
    if (command == null) {
      return outermost(group, fund());
    } else if (random.nextBoolean()) {
      return command;
    }
    return changed(command);
  }

  /** The same id with another body, if the command has the field. */
  private String changed(String command) {
    return switch (random.nextInt(9)) {
      case 0 -> command.replaceFirst("\"amount\":[0-9]+", "\"amount\":" + amount());
      case 1 -> command.replaceFirst("\"debit\":[0-9]+", "\"debit\":" + account());
      case 2 -> command.replaceFirst("\"code\":[0-9]+", "\"code\":77");
      case 3 -> command.replaceFirst("\"type\":\"void\"", "\"type\":\"post\"");
      case 4 -> command.replaceFirst("\"ledger\":[0-9]+", "\"ledger\":" + OTHER_LEDGER);
      case 5 -> command.replaceFirst("\"timeout-seconds\":[0-9]+", "\"timeout-seconds\":77");
      case 6 -> command.replaceFirst("(\"pending-id\":\")[^\"]+", "$1" + id());
      case 7 -> command.replaceFirst(DEBITS_LIMITED, CREDITS_LIMITED);
      default -> command.replaceFirst("\"credit\":[0-9]+", "\"credit\":" + account());
    };
  }

  private String administrative() {
    int account = 2 + random.nextInt(mix.accounts() * 3);
    if (random.nextInt(4) == 0) {
      // Nothing is ever reopened: closing the accounts of the start would end all business before
      // long.
      int closing = mix.accounts() + 1 + random.nextInt(2 * mix.accounts());
      return "{\"type\":\"close\",\"account\":" + closing + "}";
    }
    String json = open(account);
    return random.nextInt(10) == 0
        ? json.replace(DEBITS_LIMITED, DEBITS_LIMITED + "," + CREDITS_LIMITED)
        : json;
  }

  private String refused(Group group) {
    return switch (random.nextInt(7)) {
      case 0 -> {
        long account = account();
        yield transfer(id(), account, account, amount());
      }
      case 1 -> transfer(id(), account(), 1_000_000 + random.nextInt(100), amount());
      case 2 -> transfer(id(), 1_000_000 + random.nextInt(100), account(), amount());
      case 3 -> transfer(id(), random.nextInt(60) == 0 ? Long.MAX_VALUE - 1 : 1_000_000_000_000L);
      case 4 -> transfer(id(), amount()).replace("978", "840");
      case 5 -> transfer(group.burnable(this), amount());
      default -> pending(group).replaceFirst("\"debit\":[0-9]+", "\"debit\":999999");
    };
  }

  /** Pays from the account without limits. */
  private String fund() {
    long amount = amount();
    return transfer(id(), 1, otherThan(1), amount > Long.MAX_VALUE / 10 ? amount : 10 * amount);
  }

  private String transfer(UUID id, long amount) {
    long debit = account();
    return transfer(id, debit, otherThan(debit), amount);
  }

  private String transfer(UUID id, long debit, long credit, long amount) {
    return legs("transfer", id, debit, credit, amount) + "}";
  }

  private String pending(Group group) {
    // Sometimes the id that a post or void has named before: it arrives too late.
    UUID id = random.nextInt(25) == 0 ? group.pendings.pick(random) : null;
    id = id == null ? id() : id;
    group.pendings.add(random, id);
    long debit = account();
    String json = legs("pending", id, debit, otherThan(debit), amount());
    return switch (random.nextInt(4)) {
      case 0 -> json + "}";
      case 1 -> json + ",\"timeout-seconds\":0}";
      case 2 -> json + ",\"timeout-seconds\":" + (1 + random.nextInt(5)) + "}";
      default -> json + ",\"timeout-seconds\":" + (1 + random.nextInt(10_000)) + "}";
    };
  }

  private String legs(String type, UUID id, long debit, long credit, long amount) {
    return "{\"type\":\""
        + type
        + "\",\"id\":\""
        + id
        + "\",\"debit\":"
        + debit
        + ",\"credit\":"
        + credit
        + ",\"amount\":"
        + amount
        + ",\"ledger\":"
        + LEDGER
        + ",\"code\":"
        + (1 + amount % 3);
  }

  private String resolving(Group group) {
    UUID pending = random.nextInt(12) == 0 ? null : group.pendings.pick(random);
    if (pending == null) {
      pending = id();
      group.pendings.add(random, pending);
    }
    UUID id = random.nextInt(100) == 0 ? pending : id();
    String json = "\"id\":\"" + id + "\",\"pending-id\":\"" + pending + "\"";
    return switch (random.nextInt(6)) {
      case 0, 1 -> "{\"type\":\"void\"," + json + "}";
      case 2 -> "{\"type\":\"post\"," + json + ",\"amount\":null}";
      case 3 -> "{\"type\":\"post\"," + json + ",\"amount\":" + amount() + "}";
      default -> "{\"type\":\"post\"," + json + "}";
    };
  }

  private String open(int account) {
    String flags =
        switch (account == 1 || mix.refused() == 0 ? 0 : account % 4) {
          case 0 -> "";
          case 1 -> ",\"flags\":[" + CREDITS_LIMITED + "]";
          default -> ",\"flags\":[" + DEBITS_LIMITED + "]";
        };
    int ledger = account % 11 == OTHER ? OTHER_LEDGER : LEDGER;
    return "{\"type\":\"open\",\"account\":"
        + account
        + ",\"ledger\":"
        + ledger
        + ",\"code\":"
        + (10 + account % 3)
        + flags
        + "}";
  }

  private byte[] malformed(Group group) {
    byte[] json = outermost(group, fund()).getBytes(StandardCharsets.UTF_8);
    String text = new String(json, StandardCharsets.UTF_8);
    return switch (random.nextInt(6)) {
      case 0 -> new byte[0];
      case 1 -> {
        json[random.nextInt(json.length)] = (byte) 0xFF;
        yield json;
      }
      case 2 -> text.substring(0, random.nextInt(text.length())).getBytes(StandardCharsets.UTF_8);
      case 3 -> text.replace("\"amount\":", "\"amount\":-").getBytes(StandardCharsets.UTF_8);
      case 4 -> text.replace("\"debit\"", "\"debtor\"").getBytes(StandardCharsets.UTF_8);
      default -> "[".repeat(1 + random.nextInt(5000)).getBytes(StandardCharsets.UTF_8);
    };
  }

  private long otherThan(long account) {
    long other = account();
    return other == account ? 1 + account % mix.accounts() : other;
  }

  private long account() {
    long account = anyAccount();
    // Few commands mix up ledgers.
    return account % 11 == OTHER && random.nextInt(8) > 0 ? account - 1 : account;
  }

  private long anyAccount() {
    if (mix.administrative() > 0 && random.nextInt(20) == 0) {
      return mix.accounts() + 1 + random.nextInt(2 * mix.accounts());
    }
    // A few accounts are hot, as in life.
    int range = random.nextInt(3) == 0 ? Math.min(4, mix.accounts()) : mix.accounts();
    return 1 + random.nextInt(range);
  }

  private long amount() {
    if (hugePerMille > 0 && random.nextInt(1000) < hugePerMille) {
      return Long.MAX_VALUE / (1 + random.nextInt(3)) - random.nextInt(100);
    }
    return 1 + random.nextInt(random.nextInt(10) == 0 ? 100_000 : 100);
  }

  private UUID id() {
    long most = nowMs << 16 | 0x7000 | random.nextInt(0x1000);
    return new UUID(most, random.nextLong() >>> 2 | 0x8000_0000_0000_0000L);
  }

  /** What is remembered of a group. */
  private static final class Group {
    private final String name;
    private final Ring<String> sent = new Ring<>();
    private final Ring<UUID> pendings = new Ring<>();

    private Group(String name) {
      this.name = name;
    }

    private UUID burnable(CommandGenerator generator) {
      UUID known = pendings.pick(generator.random);
      return known == null ? generator.id() : known;
    }
  }

  /** The last few of a sequence. */
  private static final class Ring<T> {
    private final List<T> items = new ArrayList<>();

    private void add(SplittableRandom random, T item) {
      if (items.size() < REMEMBERED) {
        items.add(item);
      } else {
        items.set(random.nextInt(REMEMBERED), item);
      }
    }

    private T pick(SplittableRandom random) {
      return items.isEmpty() ? null : items.get(random.nextInt(items.size()));
    }
  }
}
