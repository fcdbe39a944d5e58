namespace LiveCommerce.Gateway.MessagePack;

internal sealed class ListConverter<TList, TItem> : WireConverter<TList>
    where TList : IEnumerable<TItem>
{
    /// <summary>Room made before the items have come.</summary>
    private const int CapacityMax = 64;

    private WireConverter<TItem>? _item;

    // Asked for late: a type may hold itself.
    private WireConverter<TItem> Item => _item ??= WireMessagePack.Of<TItem>();

    public override void Write(ref MessagePackWriter writer, TList value)
    {
        var item = Item;
        var items = value as IReadOnlyList<TItem> ?? [.. value];
        var count = items.Count;
        writer.WriteArrayHead(count);
        for (var i = 0; i < count; i++) { item.WriteOrNil(ref writer, items[i]); }
    }

    public override TList Read(ref MessagePackReader reader)
    {
        var count = reader.BeginArray();
        var items = new List<TItem>(Math.Min(count, CapacityMax));
        for (var i = 0; i < count; i++)
        {
            try
            {
                items.Add(Item.ReadOrNil(ref reader)!);
            }
            catch (UnreadableException unreadable)
            {
                unreadable.Under($"[{i}]");
                throw;
            }
        }

        reader.End();
        return items is TList list ? list
            : items.ToArray() is TList array ? array
            : throw new NotSupportedException($"The wire does not read {typeof(TList)}.");
    }
}

internal sealed class DictionaryConverter<TDictionary, TValue> : WireConverter<TDictionary>
    where TDictionary : IEnumerable<KeyValuePair<string, TValue>>
{
    private WireConverter<TValue>? _value;

    private WireConverter<TValue> Value => _value ??= WireMessagePack.Of<TValue>();

    public override void Write(ref MessagePackWriter writer, TDictionary value)
    {
        writer.WriteMapHead(value.Count());
        foreach (var (name, item) in value)
        {
            writer.WriteText(name);
            Value.WriteOrNil(ref writer, item);
        }
    }

    public override TDictionary Read(ref MessagePackReader reader)
    {
        var items = new Dictionary<string, TValue>(StringComparer.Ordinal);
        for (var left = reader.BeginMap(); left > 0; left--)
        {
            if (!items.TryAdd(reader.ReadText(), Value.ReadOrNil(ref reader)!)) { throw new UnreadableException("a name that stands there twice"); }
        }

        reader.End();
        return items is TDictionary dictionary ? dictionary : throw new NotSupportedException($"The wire does not read {typeof(TDictionary)}.");
    }
}
