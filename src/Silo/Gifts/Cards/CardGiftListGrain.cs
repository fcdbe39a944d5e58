using System.Collections.Immutable;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;

namespace LiveCommerce.Silo.Gifts.Cards;

/// <summary>What is stored of a list of card gifts, oldest first.</summary>
internal sealed record CardGiftListRecord
{
    public ImmutableList<string> Gifts { get; init; } = [];
}

/// <summary>Which card gifts an account has sent or received; what they are is asked of them.</summary>
internal sealed class CardGiftListGrain([PersistentState("card-gift-list")] IPersistentState<CardGiftListRecord> record) : Grain, ICardGiftListGrain
{
    /// <summary>Gifts that are remembered and shown; older ones are still found by their id.</summary>
    public const int GiftsMax = 50;

    private const int AtOnceMax = 10;

    public async ValueTask Add(string cardGiftId)
    {
        var gifts = record.State.Gifts;
        if (gifts.Contains(cardGiftId)) { return; }
        record.State = record.State with { Gifts = gifts.Add(cardGiftId).RemoveRange(0, Math.Max(0, gifts.Count + 1 - GiftsMax)) };
        await record.WriteStateAsync();
    }

    public async ValueTask<IReadOnlyList<CardGiftView>> List()
    {
        // The gifts know their people by the id; the name is not asked for.
        var key = GetPrimaryKeyString();
        var whose = new Caller(new Person(key[(key.IndexOf(':', StringComparison.Ordinal) + 1)..], ""), PlatformRole.Member);
        var gifts = new List<CardGiftView>(record.State.Gifts.Count);
        foreach (var some in Enumerable.Reverse(record.State.Gifts).Chunk(AtOnceMax))
        {
            foreach (var answer in await Task.WhenAll(some.Select(id => GrainFactory.GetGrain<ICardGiftGrain>(id).Get(whose, ask: false).AsTask())))
            {
                if (answer.Ok) { gifts.Add(answer.Value); } // one that was refused at the start was never made
            }
        }

        return gifts;
    }
}
