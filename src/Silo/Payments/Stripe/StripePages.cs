namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>Which page of a list. Lists are newest first; the default is the first page.</summary>
/// <param name="StartingAfter">The page of things older than this id.</param>
/// <param name="EndingBefore">The page of things just newer than this id.</param>
/// <param name="Items">Items of a page, 1 to <see cref="ItemsMax"/>; null for the most.</param>
internal readonly record struct StripePage(string? StartingAfter = null, string? EndingBefore = null, int? Items = null)
{
    /// <summary>Items of a page at most.</summary>
    public const int ItemsMax = 100;

    /// <summary>Things older than this one.</summary>
    public static StripePage After(string id) => new(StartingAfter: id);

    /// <summary>Things newer than this one.</summary>
    public static StripePage Before(string id) => new(EndingBefore: id);
}

/// <summary>Something with an id that a list can be continued from.</summary>
internal interface IStripeObject
{
    string Id { get; }
}

/// <summary>Reads lists of several pages. An answer with <c>HasMore</c> means that the bound came first.</summary>
internal static class StripePages
{
    /// <summary>Pages that are read in one go unless a caller says otherwise: 10,000 items.</summary>
    public const int PagesMax = 100;

    /// <summary>From the newest to the oldest, until the end or until <paramref name="enough"/> says so of an item.</summary>
    /// <param name="list">Reads one page.</param>
    public static Task<StripeAnswer<StripeList<T>>> ReadAsync<T>(
        Func<StripePage, Task<StripeAnswer<StripeList<T>>>> list, int pagesMax = PagesMax, Predicate<T>? enough = null)
        where T : class, IStripeObject =>
        ReadAsync(list, default, items => StripePage.After(items[^1].Id), pagesMax, enough);

    /// <summary>What is newer than a known id, from the oldest to the newest.</summary>
    /// <param name="list">Reads one page.</param>
    /// <param name="cursor">The newest id that is known.</param>
    public static async Task<StripeAnswer<StripeList<T>>> ReadNewerAsync<T>(
        Func<StripePage, Task<StripeAnswer<StripeList<T>>>> list, string cursor, int pagesMax = PagesMax)
        where T : class, IStripeObject
    {
        Task<StripeAnswer<StripeList<T>>> OldestFirst(StripePage page) => Reversed(list(page));
        return await ReadAsync<T>(OldestFirst, StripePage.Before(cursor), items => StripePage.Before(items[^1].Id), pagesMax, enough: null);
    }

    private static async Task<StripeAnswer<StripeList<T>>> ReadAsync<T>(
        Func<StripePage, Task<StripeAnswer<StripeList<T>>>> list, StripePage page, Func<IReadOnlyList<T>, StripePage> next, int pagesMax,
        Predicate<T>? enough)
        where T : class, IStripeObject
    {
        List<T> all = [];
        for (var pages = 1; ; pages++)
        {
            var answer = await list(page);
            if (answer is not StripeAnswer<StripeList<T>>.Ok { Value: var part }) { return answer; }
            all.AddRange(part.Data);

            // A page that promises more and holds nothing would go on for ever.
            var ended = !part.HasMore || part.Data.Count == 0;
            if (ended || pages >= pagesMax || (enough is not null && part.Data.Any(item => enough(item))))
            {
                return new StripeAnswer<StripeList<T>>.Ok(new StripeList<T>(all, HasMore: !ended));
            }

            page = next(part.Data);
        }
    }

    private static async Task<StripeAnswer<StripeList<T>>> Reversed<T>(Task<StripeAnswer<StripeList<T>>> list) =>
        await list is StripeAnswer<StripeList<T>>.Ok { Value: var part }
            ? new StripeAnswer<StripeList<T>>.Ok(part with { Data = [.. part.Data.Reverse()] })
            : await list;
}
