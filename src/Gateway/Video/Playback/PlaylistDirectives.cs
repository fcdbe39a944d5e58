using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;

namespace LiveCommerce.Gateway.Video.Playback;

/// <summary>What a player asks of a media playlist: the draft's delivery directives.</summary>
/// <param name="Number">_HLS_msn: answer when there is this segment, or later. Null: answer at once.</param>
/// <param name="Part">_HLS_part: of it.</param>
/// <param name="Skip">_HLS_skip: leave out what the player has.</param>
internal readonly record struct PlaylistDirectives(long? Number, int? Part, bool Skip)
{
    /// <summary>Reads a query; other names in it do not matter.</summary>
    /// <param name="mistake">What to tell the player when it is wrong.</param>
    public static bool TryRead(string? query, out PlaylistDirectives directives, out string mistake)
    {
        long? number = null;
        int? part = null;
        var skip = false;
        directives = default;
        foreach (var pair in new QueryStringEnumerable(query))
        {
            switch (pair.DecodeName().Span)
            {
                case "_HLS_msn":
                    if (!long.TryParse(pair.DecodeValue().Span, NumberStyles.None, CultureInfo.InvariantCulture, out var msn) || msn == long.MaxValue)
                    {
                        mistake = "_HLS_msn is the number of a segment.";
                        return false;
                    }

                    number = msn;
                    break;
                case "_HLS_part":
                    if (!int.TryParse(pair.DecodeValue().Span, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                    {
                        mistake = "_HLS_part is the number of a part, from 0.";
                        return false;
                    }

                    part = index;
                    break;
                case "_HLS_skip":
                    // Other values may mean something in a later draft; a whole playlist is never wrong.
                    skip = pair.DecodeValue().Span is "YES" or "v2";
                    break;
            }
        }

        mistake = part is not null && number is null ? "_HLS_part goes with _HLS_msn." : "";
        directives = new PlaylistDirectives(number, part, skip);
        return mistake.Length == 0;
    }
}
