using System.Collections.Immutable;
using System.Security.Cryptography;
using LiveCommerce.Contracts.RedPackets;

namespace LiveCommerce.Silo.RedPackets;

/// <summary>Divides a packet's coins into its shares. Pure, but for the luck that it is given.</summary>
internal static class ShareDraw
{
    /// <summary>Luck that nobody can foresee.</summary>
    public static long Secretly(long below) => RandomNumberGenerator.GetInt32(checked((int)below));

    /// <summary>The shares in the order in which they are taken: each at least one coin, together exactly the coins.</summary>
    /// <param name="coins">At least as many as there are shares.</param>
    /// <param name="draw">A number from 0 to below the one it is given, each as likely.</param>
    public static ImmutableArray<long> Draw(RedPacketKind kind, long coins, int shares, Func<long, long> draw)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shares, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(coins, shares);
        return kind == RedPacketKind.Equal ? Equal(coins, shares) : Random(coins, shares, draw);
    }

    private static ImmutableArray<long> Equal(long coins, int shares)
    {
        var (each, more) = Math.DivRem(coins, shares);
        return [.. Enumerable.Range(0, shares).Select(place => each + (place < more ? 1 : 0))];
    }

    // The double average: each share is from one coin to twice what is left for each, so that nobody's luck depends on the place, and what
    // is left always suffices for the others.
    private static ImmutableArray<long> Random(long coins, int shares, Func<long, long> draw)
    {
        var drawn = new long[shares];
        var left = coins;
        for (var place = 0; place < shares - 1; place++)
        {
            drawn[place] = 1 + draw(Math.Max(1, (2 * left / (shares - place)) - 1));
            left -= drawn[place];
        }

        drawn[^1] = left;

        // Whole coins round a little in favour of the last: the order is drawn as well.
        for (var place = shares - 1; place > 0; place--)
        {
            var other = (int)draw(place + 1);
            (drawn[place], drawn[other]) = (drawn[other], drawn[place]);
        }

        return [.. drawn];
    }
}
