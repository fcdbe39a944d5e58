using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Rooms;

/// <summary>The crowd of a room: its likes, how many took part, and whose messages go first when not all can be shown.</summary>
internal sealed partial class RoomGrain
{
    private static readonly FeedSlot LikesSlot = new("likes");
    private static readonly FeedSlot SampledSlot = new("chatSampled");

    private readonly ChatSampler _sampler = new(options.Value.ChatShownPerSecond);
    private readonly RoomEngagement _engagement = new();
    private readonly LateGivers _givers = new();

    public ValueTask Like(int count)
    {
        if (State.Owner is null || count < 1) { return ValueTask.CompletedTask; }

        State.Likes = Math.Min(State.Likes, long.MaxValue - count) + count;
        SaveLater();
        AppendNewest(LikesSlot, new LikesCounted(State.Likes));
        Tell();
        return ValueTask.CompletedTask;
    }

    private ChatWeight WeightOf(RoomPower power, string accountId) =>
        power != RoomPower.Viewer ? ChatWeight.Office
        : _givers.Has(accountId, Time.GetUtcNow()) ? ChatWeight.Giver
        : ChatWeight.Ordinary;

    private void LeaveOut() => _feed.AppendOrMerge(
        SampledSlot, new ChatSampled(1), Time.GetUtcNow(), Elapsed, static (waiting, more) => new ChatSampled(waiting.LeftOut + more.LeftOut));

    /// <summary>Counts somebody as taking part; the owner is no crowd.</summary>
    private void Note(DistinctCount who, string accountId)
    {
        if (accountId != State.Owner!.Id && _engagement.Note(who, accountId)) { SaveLater(); }
    }

    /// <summary>Whether the stream that runs now is another one than the one whose likes, gifts and people are counted.</summary>
    private bool IsNewStream => StreamNow is { Phase: StreamPhase.Live, StreamId: { } streamId, StartedAt: not null } && streamId != State.CountedStreamId;

    /// <summary>Counts from the beginning of the stream that runs now.</summary>
    private void CountFromHere()
    {
        var from = CountedFrom(StreamNow);
        (State.CountedStreamId, State.CountedFrom) = (StreamNow.StreamId, from);
        State.Likes = 0;
        _engagement.Clear();
        _boards.StartStream(from);
    }

    /// <summary>The beginning of a stream, as exact as the ledger's times are.</summary>
    private static DateTimeOffset CountedFrom(StreamInfo stream) => Microseconds.ToTime(Microseconds.Of(stream.StartedAt!.Value));

    private void TellCrowd()
    {
        if (!_engagement.TakeMoved()) { return; }

        var (chatters, gifters, buyers) = _engagement.Now;
        Append(new EngagementCounted(chatters, gifters, buyers));
    }
}
