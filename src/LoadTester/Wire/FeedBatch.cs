using System.Text.Json;
using LiveCommerce.Contracts;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>What the checks need of an event.</summary>
/// <param name="Key">Of a message, a gift or an order; empty for the others.</param>
internal readonly record struct FeedEvent(long Sequence, Guid Key);

/// <summary>Reads batches without building their events. Reusable.</summary>
internal sealed class FeedBatch
{
    private readonly List<FeedEvent> _events = [];
    private readonly List<FeedEvent> _merged = [];

    /// <summary>The room; empty when the batch does not say.</summary>
    public string RoomId { get; private set; } = "";

    public long Epoch { get; private set; }

    /// <summary>In order; valid until the next <see cref="Read"/>.</summary>
    public IReadOnlyList<FeedEvent> Events => _events;

    /// <summary>Further gifts that events stand for: those of a combo that came within one tick.</summary>
    public IReadOnlyList<FeedEvent> Merged => _merged;

    /// <summary>Reads a batch in place of the one before.</summary>
    /// <exception cref="JsonException">It is no batch.</exception>
    public void Read(ReadOnlySpan<byte> json)
    {
        _events.Clear();
        _merged.Clear();
        RoomId = "";
        Epoch = -1;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = WireJson.DepthMax });
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("epoch"u8))
            {
                reader.Read();
                Epoch = reader.GetInt64();
            }
            else if (reader.ValueTextEquals("roomId"u8))
            {
                reader.Read();
                RoomId = reader.GetString() ?? "";
            }
            else if (reader.ValueTextEquals("events"u8)) { ReadEvents(ref reader); }
            else { reader.Skip(); }
        }

        if (Epoch < 0 || _events.Count == 0 || reader.Read()) { throw new JsonException("A batch has an epoch and events."); }
    }

    private void ReadEvents(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            long? sequence = null;
            var (key, order) = (Guid.Empty, Guid.Empty);
            var merged = _merged.Count;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("sequence"u8))
                {
                    reader.Read();
                    sequence = reader.GetInt64();
                }
                else if (reader.ValueTextEquals("key"u8))
                {
                    reader.Read();
                    key = Key(ref reader);
                }
                else if (reader.ValueTextEquals("orderId"u8))
                {
                    reader.Read();
                    _ = Guid.TryParseExact(reader.GetString(), "N", out order);
                }
                else if (reader.ValueTextEquals("merged"u8))
                {
                    reader.Read();
                    if (reader.TokenType != JsonTokenType.StartArray) { continue; }
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) { _merged.Add(new FeedEvent(0, Key(ref reader))); }
                }
                else { reader.Skip(); }
            }

            var at = sequence ?? throw new JsonException("An event has a sequence.");
            _events.Add(new FeedEvent(at, key != Guid.Empty ? key : order));
            for (var index = merged; index < _merged.Count; index++) { _merged[index] = _merged[index] with { Sequence = at }; }
        }
    }

    private static Guid Key(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetGuid(out var key) ? key : throw new JsonException("A key is a UUID.");

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type) { throw new JsonException($"Expected {type}."); }
    }
}
