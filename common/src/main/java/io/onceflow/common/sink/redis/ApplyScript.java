package io.onceflow.common.sink.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The one script that writes. It compares the record's token with the one that the caller has read,
 * so it does nothing when anybody has written since: owner, lineage, newest epoch, markers and
 * progress are then as the caller knows them. Then it looks at every operation, and returns those
 * that cannot be carried out, before it writes anything: Redis takes nothing back.
 *
 * <p>The first write is the record's: a server that is full, read-only or that may not be written
 * to says so there. Should an operation fail nevertheless, the script records how many rows are
 * applied and stops, so that whoever goes on begins right behind them.
 */
final class ApplyScript {

  /** Keys: the record, then one for each operation. Arguments: see {@link #arguments}. */
  static final String TEXT =
      """
      local record = KEYS[1]
      if (redis.call('HGET', record, 'token') or '') ~= ARGV[1] then return {'CHANGED'} end

      local at = 7
      local function take() at = at + 1; return ARGV[at] end
      local deleted, set = {}, {}
      for i = 1, tonumber(take()) do deleted[i] = take() end
      for i = 1, tonumber(take()) do set[2 * i - 1] = take(); set[2 * i] = take() end
      local count = #KEYS - 1
      local command, first, last = {}, {}, {}
      for i = 1, count do
        command[i] = take()
        local arguments = tonumber(take())
        first[i] = at + 1
        last[i] = at + arguments
        at = last[i]
      end

      local needs = {
        INCRBY = 'string', HSET = 'hash', HDEL = 'hash', SADD = 'set', SREM = 'set',
        ZADD = 'zset', ZREM = 'zset', XADD = 'stream', LETTER = 'stream'
      }
      local removes = {HDEL = true, SREM = true, ZREM = true}
      local types, numbers = {}, {}
      local function number(text)
        if text == '0' or string.find(text, '^%-?[1-9]%d*$') and #text <= 20 then
          return tonumber(text)
        end
        return nil
      end
      local function count_up(key, delta)
        local value = numbers[key]
        if value == nil then
          value = types[key] == 'none' and '0' or redis.call('GETRANGE', key, 0, 20)
        end
        if type(value) == 'string' then value = number(value) end
        if value == nil then return 'NOT-AN-INTEGER' end
        local sum = value + tonumber(delta)
        if sum > 9.2e18 or sum < -9.2e18 then return 'OVERFLOW' end
        numbers[key] = sum
        return nil
      end
      local function refusal(i, key)
        local name = command[i]
        if name == 'SET' then
          types[key] = 'string'
          numbers[key] = ARGV[first[i]]
          return nil
        elseif name == 'DEL' then
          types[key] = 'none'
          numbers[key] = '0'
          return nil
        end
        if types[key] == nil then types[key] = redis.call('TYPE', key).ok end
        if types[key] ~= 'none' and types[key] ~= needs[name] then return 'WRONGTYPE' end
        local problem = nil
        if name == 'INCRBY' then problem = count_up(key, ARGV[first[i]]) end
        if problem == nil and not removes[name] then types[key] = needs[name] end
        return problem
      end
      local refused = {'REFUSED'}
      for i = 1, count do
        local problem = refusal(i, KEYS[i + 1])
        if problem ~= nil then
          refused[#refused + 1] = i
          refused[#refused + 1] = problem
        end
      end
      if #refused > 1 then return refused end

      redis.call('HSET', record, 'token', ARGV[2])
      redis.call('HDEL', record, 'nothing')
      for i = 1, #deleted do redis.call('HDEL', record, deleted[i]) end
      local letters = tonumber(ARGV[6])
      for i = 1, count do
        local key, name, answer = KEYS[i + 1], command[i], nil
        if name == 'XADD' or name == 'LETTER' then
          answer = redis.pcall('XADD', key, '*', unpack(ARGV, first[i], last[i]))
        else
          answer = redis.pcall(name, key, unpack(ARGV, first[i], last[i]))
        end
        if type(answer) == 'table' and answer.err then
          local applied = tonumber(ARGV[5]) + i - 1
          redis.call('HSET', record, ARGV[3],
              ARGV[4] .. ' ' .. string.format('%.0f', applied) .. ' ' ..
              string.format('%.0f', letters) .. ' ' .. ARGV[7])
          return {'FAILED', i, answer.err}
        end
        if name == 'LETTER' then letters = letters + 1 end
      end
      for i = 1, #set, 2 do redis.call('HSET', record, set[i], set[i + 1]) end
      return {'DONE'}
      """;

  private static final byte[] TEXT_BYTES = TEXT.getBytes(UTF_8);

  private ApplyScript() {}

  /** What a script answers. */
  sealed interface Answer {}

  /** Everything is applied. */
  record Done() implements Answer {}

  /** The record is not what the caller has read; nothing was written. */
  record Changed() implements Answer {}

  /** These cannot be carried out; nothing was written. */
  record Refused(List<Refusal> refusals) implements Answer {}

  /** The operation of this index failed; those before it are applied, and that is recorded. */
  record Failed(int index, String error) implements Answer {}

  /**
   * What a script writes to the sink's record.
   *
   * @param token what the record must hold, empty for none
   * @param nextToken what it holds afterwards
   * @param deleted fields that go
   * @param set fields that come or change
   * @param progress of the epoch, as it is before the chunk
   */
  record Change(
      String token,
      String nextToken,
      List<String> deleted,
      Map<String, String> set,
      Progress progress) {}

  /** The arguments of EVAL for a change and the operations that go with it. */
  static List<byte[]> arguments(String record, Change change, List<RedisOperation> operations) {
    var arguments = new ArrayList<byte[]>(16 + 6 * operations.size());
    arguments.add(TEXT_BYTES);
    add(arguments, 1 + operations.size());
    add(arguments, record);
    operations.forEach(operation -> arguments.add(operation.key()));
    var progress = change.progress();
    add(arguments, change.token());
    add(arguments, change.nextToken());
    add(arguments, progress.field());
    add(arguments, progress.head());
    add(arguments, progress.rows());
    add(arguments, progress.rejected());
    add(arguments, progress.restorePath());
    add(arguments, change.deleted().size());
    change.deleted().forEach(field -> add(arguments, field));
    add(arguments, change.set().size());
    change
        .set()
        .forEach(
            (field, value) -> {
              add(arguments, field);
              add(arguments, value);
            });
    for (var operation : operations) {
      add(arguments, operation.command().name());
      add(arguments, operation.arguments().size());
      arguments.addAll(operation.arguments());
    }
    return arguments;
  }

  private static void add(List<byte[]> arguments, Object value) {
    arguments.add(value.toString().getBytes(UTF_8));
  }

  /** Reads the answer of EVAL. */
  static Answer answer(Object reply) {
    var words = (List<?>) reply;
    var kind = text(words.get(0));
    return switch (kind) {
      case "DONE" -> new Done();
      case "CHANGED" -> new Changed();
      case "FAILED" -> new Failed(index(words.get(1)), text(words.get(2)));
      case "REFUSED" -> refused(words);
      default -> throw new IllegalStateException("The script answered %s.".formatted(kind));
    };
  }

  private static Refused refused(List<?> words) {
    var refusals = new ArrayList<Refusal>();
    for (var i = 1; i < words.size(); i += 2) {
      refusals.add(new Refusal(index(words.get(i)), text(words.get(i + 1))));
    }
    return new Refused(refusals);
  }

  private static int index(Object number) {
    return Math.toIntExact((Long) number) - 1;
  }

  private static String text(Object bytes) {
    return new String((byte[]) bytes, UTF_8);
  }
}
