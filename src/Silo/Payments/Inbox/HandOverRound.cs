using System.Text.Json;

namespace LiveCommerce.Silo.Payments.Inbox;

/// <summary>
/// Events on their way to what they are about: some at once, those about one thing one after the other. Of one grain: nothing here is safe for
/// several threads.
/// </summary>
/// <param name="atOnceMax">Events that are told at the same time.</param>
/// <param name="tell">Tells one; false: it failed. Never throws.</param>
internal sealed class HandOverRound(int atOnceMax, Func<WaitingEvent, Task<bool>> tell)
{
    /// <summary>Events that are known of at most: no more are added then.</summary>
    public const int KnownMax = 256;

    private readonly LinkedList<(WaitingEvent Event, string About)> _waiting = [];
    private readonly List<(Task<bool> Telling, long Seq, string About)> _underWay = [];
    private readonly HashSet<string> _busy = new(StringComparer.Ordinal);
    private readonly HashSet<long> _known = [];
    private List<(long Seq, bool Done)> _told = [];

    /// <summary>What is waiting, under way, told and not noted, or failed.</summary>
    public int Known => _known.Count;

    public bool HasRoom => _known.Count < KnownMax;

    public int UnderWay => _underWay.Count;

    /// <summary>How many failed, in this round or a moment before it.</summary>
    public int Failed { get; private set; }

    /// <summary>What was told and is not noted yet.</summary>
    public IReadOnlyList<(long Seq, bool Done)> Told => _told;

    /// <summary>Whether something waits that nothing under way is about.</summary>
    public bool CanStart => _waiting.Any(one => !_busy.Contains(one.About));

    /// <summary>Adds what is not known yet, in this order.</summary>
    /// <param name="rests">Whether an event has failed a moment ago: then it is not tried in this round.</param>
    public void Add(IEnumerable<WaitingEvent> events, Predicate<WaitingEvent> rests)
    {
        foreach (var one in events)
        {
            if (!_known.Add(one.Seq)) { continue; }
            if (rests(one)) { Failed++; }
            else { _waiting.AddLast((one, AboutOf(one))); }
        }
    }

    /// <summary>Starts what may start.</summary>
    public void Start()
    {
        for (var node = _waiting.First; node is not null && _underWay.Count < atOnceMax;)
        {
            var (next, (waiting, about)) = (node.Next, node.Value);
            if (_busy.Add(about))
            {
                _waiting.Remove(node);
                _underWay.Add((tell(waiting), waiting.Seq, about));
            }

            node = next;
        }
    }

    /// <summary>Waits until one more was told, or until something else has happened.</summary>
    public async Task NextAsync(Task? orUntil)
    {
        var telling = _underWay.Select(one => (Task)one.Telling);
        await Task.WhenAny(orUntil is null ? telling : telling.Append(orUntil));
        foreach (var (done, seq, about) in _underWay.Where(one => one.Telling.IsCompleted))
        {
            _busy.Remove(about);
            var ok = await done;
            if (!ok) { Failed++; }
            _told.Add((seq, ok));
        }

        _underWay.RemoveAll(one => _told.Exists(told => told.Seq == one.Seq));
    }

    /// <summary>What was told, to be noted now.</summary>
    public IReadOnlyList<(long Seq, bool Done)> TakeTold()
    {
        var told = _told;
        _told = [];
        return told;
    }

    /// <summary>These are noted as processed: nobody reads them again. What failed stays known, so that it is not tried again at once.</summary>
    public void Forget(IEnumerable<long> seqs) => _known.ExceptWith(seqs);

    /// <summary>What an event is about: the payment, or else the object itself.</summary>
    internal static string AboutOf(WaitingEvent waiting)
    {
        try
        {
            using var json = JsonDocument.Parse(waiting.Body);
            if (json.RootElement.ValueKind != JsonValueKind.Object) { return waiting.EventId; }
            if (json.RootElement.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object
                && data.TryGetProperty("object", out var about) && about.ValueKind == JsonValueKind.Object)
            {
                return TextOf(about, "payment_intent") ?? TextOf(about, "id") ?? waiting.EventId;
            }

            return json.RootElement.TryGetProperty("related_object", out var related) && related.ValueKind == JsonValueKind.Object
                ? TextOf(related, "id") ?? waiting.EventId
                : waiting.EventId;
        }
        catch (JsonException)
        {
            return waiting.EventId; // what cannot be read is about nothing
        }
    }

    private static string? TextOf(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
