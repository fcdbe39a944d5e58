using System.Text.Json;
using LiveCommerce.Contracts;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>What the checks need of an event.</summary>
/// <param name="Key">Of a message or a gift; empty for the others.</param>
internal readonly record struct FeedEvent(long Sequence, Guid Key);

/// <summary>Reads batches without building their events: with thousands of viewers in one process this is most of its work. Reusable.</summary>
internal sealed class FeedBatch
{
    private readonly List<FeedEvent> _events = [];

    public long Epoch { get; private set; }

    /// <summary>In order; valid until the next <see cref="Read"/>.</summary>
    public IReadOnlyList<FeedEvent> Events => _events;

    /// <summary>Reads a batch in place of the one before.</summary>
    /// <exception cref="JsonException">It is no batch.</exception>
    public void Read(ReadOnlySpan<byte> json)
    {
        _events.Clear();
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
            else if (reader.ValueTextEquals("events"u8)) { ReadEvents(ref reader); }
            else { reader.Skip(); }
        }

        if (Epoch < 0 || _events.Count == 0) { throw new JsonException("A batch has an epoch and events."); }
    }

    private void ReadEvents(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            long? sequence = null;
            var key = Guid.Empty;
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
                    if (!reader.TryGetGuid(out key)) { throw new JsonException("A key is a UUID."); }
                }
                else { reader.Skip(); }
            }

            _events.Add(new FeedEvent(sequence ?? throw new JsonException("An event has a sequence."), key));
        }
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type) { throw new JsonException($"Expected {type}."); }
    }
}
